import type { ModelTensor } from '../core/model/model.ts';

/** The same tensor of several layers: one line of a listing. */
export interface TensorGroup {
  /** Its name, with `*` for the layer: a pattern that matches all of them. */
  readonly name: string;
  /** `0..31`, or empty outside stacks. */
  readonly layers: string;
  readonly first: ModelTensor;
  readonly count: number;
  readonly bytes: number;
}

/** Groups tensors that differ in their layer alone, in the order of the first of each. */
export function collapseLayers(tensors: readonly ModelTensor[]): TensorGroup[] {
  const groups = new Map<string, ModelTensor[]>();
  for (const tensor of tensors) {
    const key = [nameWithoutLayer(tensor), tensor.shape, tensor.dtype, tensor.kind, tensor.packing].join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [tensor]);
    else group.push(tensor);
  }
  return Array.from(groups.values(), (group) => {
    const first = group[0]!;
    return {
      name: group.length === 1 ? first.name : nameWithoutLayer(first),
      layers: layerWords(group.flatMap(({ layer }) => (layer === null ? [] : [layer]))),
      first,
      count: group.length,
      bytes: group.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    };
  });
}

function nameWithoutLayer({ name, stack, layer }: ModelTensor): string {
  if (stack === null || layer === null) return name;
  const prefix = stack === '' ? '' : `${stack}.`;
  return `${prefix}*${name.slice(prefix.length + String(layer).length)}`;
}

/** `0..3, 5`: ascending layers in runs. */
export function layerWords(layers: readonly number[]): string {
  const runs: { start: number; end: number }[] = [];
  for (const layer of [...layers].sort((a, b) => a - b)) {
    const last = runs[runs.length - 1];
    if (last !== undefined && layer === last.end + 1) last.end = layer;
    else if (last === undefined || layer !== last.end) runs.push({ start: layer, end: layer });
  }
  return runs.map(({ start, end }) => (start === end ? `${start}` : `${start}..${end}`)).join(', ');
}
