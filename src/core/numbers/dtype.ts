/** The dtypes of a safetensors file, by core's own door: kernels know core and not the container. */
export type { Dtype } from 'safetensors-js';
