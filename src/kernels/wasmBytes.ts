/** The compiled kernels, inlined by the bundler (esbuild's `binary` loader); only bundles can load this file. */
import bytes from '../../dist/kernels.wasm';

export default bytes;
