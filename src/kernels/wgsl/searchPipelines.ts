import { underErrorScopes } from './errorScopes.ts';

/** Every kernel has the bindings of the prelude, whether it reads them or not. */
export function searchLayout(device: GPUDevice): GPUBindGroupLayout {
  const COMPUTE = 4;
  const types: readonly GPUBufferBindingType[] = ['uniform', 'read-only-storage', 'storage', 'storage'];
  return device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
  });
}

/** Pipelines by their shader: drivers take a while to compile one. */
export class SearchPipelines {
  readonly #device: GPUDevice;
  readonly #layout: GPUPipelineLayout;
  readonly #known = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice, layout: GPUBindGroupLayout) {
    this.#device = device;
    this.#layout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  }

  /** @throws Error of a shader, or of a device that has no memory for it */
  async of(label: string, code: string): Promise<GPUComputePipeline> {
    const known = this.#known.get(code);
    if (known !== undefined) return known;
    const made = underErrorScopes(this.#device, () => {
      const module = this.#device.createShaderModule({ label, code });
      return this.#device.createComputePipelineAsync({ layout: this.#layout, compute: { module } });
    });
    this.#known.set(code, made);
    try {
      return await made;
    } catch (error) {
      // There may be memory the next time.
      this.#known.delete(code);
      throw error;
    }
  }
}
