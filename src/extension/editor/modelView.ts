import path from 'node:path';
import { PACKED_FORMATS } from '../../core/formats/registry.ts';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { Model, ModelTensor } from '../../core/model/model.ts';
import { QUANTIZER_IDS } from '../../core/quantizers/presets.ts';
import type { ModelView, TensorRow } from '../../protocol/page.ts';
import { hostWarnings } from '../host.ts';
import { localizeWarning } from '../localize.ts';

/** The model as the page lists it: names, shapes and sizes, no weights. */
export function modelView(model: Model, filteredTo: string | null): ModelView {
  const { checkpoint } = model;
  return {
    name: checkpoint.indexName ? path.basename(checkpoint.folder) : checkpoint.entry,
    path: path.join(checkpoint.folder, checkpoint.indexName ?? checkpoint.entry),
    modelType: model.modelType,
    architecture: model.architecture,
    layers: model.layers,
    stacks: model.stacks,
    parameters: model.parameters,
    storedBytes: model.storedBytes,
    files: checkpoint.files.length,
    packedFormat: model.packedFormat,
    formatDefaults: formatDefaultsOf(model),
    filteredTo,
    dtypes: bytesByDtype(model),
    tensors: model.tensors.map((tensor) => rowOf(tensor)),
    missing: checkpoint.missingTensors,
    warnings: [...hostWarnings(), ...checkpoint.warnings.map(localizeWarning), ...model.warnings],
  };
}

function formatDefaultsOf(model: Model): ModelView['formatDefaults'] {
  const entries = PACKED_FORMATS.map((format) => [format.id, QUANTIZER_IDS.map((id) => format.defaults(model, id))]);
  return Object.fromEntries(entries) as ModelView['formatDefaults'];
}

function rowOf(tensor: ModelTensor): TensorRow {
  const { name, dtype, shape, elements, kind, kindAssumed, isParameter, stack, layer, role, axis, view } = tensor;
  const { source, storedBytes, bitsPerWeight, packing } = tensor;
  const stored = mainPartOf(source);
  return {
    name,
    dtype,
    shape,
    elements,
    kind,
    kindAssumed,
    isParameter,
    stack,
    layer,
    role,
    axis,
    channels: view.channels,
    inputs: view.inputs,
    storedBytes,
    bitsPerWeight,
    packing,
    file: path.basename(stored.path),
  };
}

/** Share of stored bytes by dtype, largest first. Packed tensors count under their packing (`INT4 group 128`). */
function bytesByDtype(model: Model): ModelView['dtypes'] {
  const bytes = new Map<string, number>();
  for (const tensor of model.tensors) {
    const key = tensor.packing ?? tensor.dtype;
    bytes.set(key, (bytes.get(key) ?? 0) + tensor.storedBytes);
  }
  return [...bytes].map(([dtype, total]) => ({ dtype, bytes: total })).sort((a, b) => b.bytes - a.bytes);
}
