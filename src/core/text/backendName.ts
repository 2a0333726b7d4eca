const NAMES: Readonly<Record<string, string>> = { wasm: 'WASM', ref: 'TypeScript', webgpu: 'WebGPU', none: '…' };

/** A backend for people: `wasm+webgpu` is WASM + WebGPU. */
export function backendName(id: string): string {
  return id
    .split('+')
    .map((part) => NAMES[part] ?? part)
    .join(' + ');
}
