import { basename } from 'node:path';
import type { Model, ModelTensor } from '../../core/model/model.ts';
import type { FigureText } from '../../core/text/figureText.ts';
import type { InspectDocument, RunInfo } from '../../protocol/documents.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exitCode.ts';
import { GENERAL_FLAGS, TENSOR_FLAGS } from '../flags/flagTable.ts';
import { collapseLayers, type TensorGroup } from '../layerGroups.ts';
import { foldModules } from '../modulePaths.ts';
import { selectTensors } from '../selectTensors.ts';
import { type Column, labelled, textTable } from '../terminal/textTable.ts';
import { withSession } from '../withSession.ts';

/** Modules, sizes and dtypes, from headers alone. */
export const inspect: Command = {
  name: 'inspect',
  summary: 'Show modules, sizes and dtypes of a checkpoint',
  operands: ['FILE'],
  details: [
    'Reads headers and config.json only, so it is as fast for a terabyte as for a megabyte. The same tensor of several layers is one line; with --tensor every tensor has its own.',
  ],
  flagGroups: [TENSOR_FLAGS, GENERAL_FLAGS],
  examples: [
    'loupe inspect model.safetensors',
    "loupe inspect models/llama --tensor '*.q_proj.weight'",
    'loupe inspect models/llama --json | jq \'.tensors[] | select(.kind == "linear") | .name\'',
  ],
  async run(values, context) {
    const [path = ''] = values.positionals;
    return withSession(path, values, context, async (session) => {
      const patterns = values.list('tensor');
      const tensors = selectTensors(session.model, patterns);
      const document = inspectDocument(path, session.model, tensors, context.runInfo(session));
      context.print(document, () => [
        ...inspectLines(session.model, tensors, document, patterns.length > 0, context.text),
        '',
        context.runLine(document.run),
      ]);
      return EXIT.done;
    });
  },
};

function inspectDocument(path: string, model: Model, tensors: readonly ModelTensor[], run: RunInfo): InspectDocument {
  const { checkpoint } = model;
  const modules = foldModules(tensors, { tensors: 0, parameters: 0, stored_bytes: 0 }, (sum, tensor) => ({
    tensors: sum.tensors + 1,
    parameters: sum.parameters + (tensor.isParameter ? tensor.elements : 0),
    stored_bytes: sum.stored_bytes + tensor.storedBytes,
  }));
  return {
    schema: 'loupe/inspect/1',
    path,
    model_type: model.modelType,
    architecture: model.architecture,
    packed_format: model.packedFormat,
    layers: model.layers,
    parameters: model.parameters,
    stored_bytes: model.storedBytes,
    files: checkpoint.files.map(({ name, bytes, problem }) => ({ name, bytes, problem: problem?.message ?? null })),
    dtypes: dtypesOf(model),
    modules: Array.from(modules, ([modulePath, sums]) => ({ path: modulePath, ...sums })),
    tensors: tensors.map(inspectedTensor),
    missing: checkpoint.missingTensors,
    warnings: [...checkpoint.warnings.map(({ code, text }) => ({ code, text })), ...model.warnings],
    run,
  };
}

function inspectedTensor(tensor: ModelTensor): InspectDocument['tensors'][number] {
  return {
    name: tensor.name,
    dtype: tensor.dtype,
    shape: tensor.shape,
    kind: tensor.kind,
    kind_assumed: tensor.kindAssumed,
    layer: tensor.layer,
    role: tensor.role,
    axis: tensor.axis,
    stored_bytes: tensor.storedBytes,
    bits_per_weight: tensor.bitsPerWeight,
    packing: tensor.packing,
  };
}

/** Of the stored tensors, codes and scales apart, by the bytes that each dtype takes, most first. */
function dtypesOf({ checkpoint }: Model): InspectDocument['dtypes'] {
  const sums = new Map<string, { readonly dtype: string; readonly tensors: number; readonly bytes: number }>();
  for (const { dtype, start, end } of checkpoint.tensors) {
    const sum = sums.get(dtype) ?? { dtype, tensors: 0, bytes: 0 };
    sums.set(dtype, { dtype, tensors: sum.tensors + 1, bytes: sum.bytes + end - start });
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes || (a.dtype < b.dtype ? -1 : 1));
}

function inspectLines(
  model: Model,
  tensors: readonly ModelTensor[],
  document: InspectDocument,
  isSelection: boolean,
  text: FigureText,
): string[] {
  const table = isSelection
    ? textTable(tensorColumns(text), tensors)
    : textTable(groupColumns(text), collapseLayers(tensors));
  return [
    ...labelled(factsOf(model, document, text)),
    '',
    ...table,
    ...(document.missing.length === 0 ? [] : ['', ...missingLines(document)]),
    ...(document.warnings.length === 0 ? [] : ['', ...document.warnings.map((warning) => `warning: ${warning.text}`)]),
  ];
}

function factsOf(model: Model, document: InspectDocument, text: FigureText): [string, string][] {
  const layers = model.layers === 0 ? null : `${model.layers} layers`;
  const name = [model.modelType, model.architecture, layers].filter((part) => part !== null).join(', ');
  const fileBytes = document.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { length } = document.files;
  return [
    ['checkpoint', document.path],
    ...(name === '' ? [] : [['model', name] as [string, string]]),
    ...(model.packedFormat === null ? [] : [['packed as', model.packedFormat] as [string, string]]),
    ['parameters', `${text.count(model.parameters)} in ${text.count(model.tensors.length)} tensors`],
    ['size', `${text.bytes(fileBytes)} in ${length === 1 ? basename(document.files[0]!.name) : `${length} files`}`],
    ['dtypes', dtypeWords(document.dtypes, text)],
    ...shardFact(model, document, text),
  ];
}

/** Of a shard that was opened by itself, what of the checkpoint is listed. */
function shardFact({ checkpoint, tensors }: Model, document: InspectDocument, text: FigureText): [string, string][] {
  if (checkpoint.filteredTo === null) return [];
  const counts = `${text.count(document.tensors.length)} of ${text.count(tensors.length)} tensors listed`;
  return [['shard', `${checkpoint.filteredTo}: ${counts}`]];
}

function dtypeWords(dtypes: InspectDocument['dtypes'], text: FigureText): string {
  const total = dtypes.reduce((sum, { bytes }) => sum + bytes, 0);
  return dtypes.map(({ dtype, bytes }) => `${dtype} ${text.percent(total === 0 ? 0 : bytes / total)}`).join(', ');
}

function kindWord({ kind, kindAssumed }: ModelTensor): string {
  return kindAssumed ? `${kind} (assumed)` : kind;
}

function groupColumns(text: FigureText): Column<TensorGroup>[] {
  return [
    { title: 'Tensor', align: 'left', cell: ({ name }) => name },
    { title: 'Layers', align: 'left', cell: ({ layers }) => layers, isOptional: true },
    { title: 'Shape', align: 'right', cell: ({ first }) => text.shape(first.shape) },
    { title: 'Dtype', align: 'left', cell: ({ first }) => first.dtype },
    { title: 'Kind', align: 'left', cell: ({ first }) => kindWord(first) },
    { title: 'Bits/w', align: 'right', cell: ({ first }) => text.bits(first.bitsPerWeight) },
    { title: 'Size', align: 'right', cell: ({ bytes }) => text.bytes(bytes) },
    { title: 'Packed', align: 'left', cell: ({ first }) => first.packing ?? '', isOptional: true },
  ];
}

function tensorColumns(text: FigureText): Column<ModelTensor>[] {
  return [
    { title: 'Tensor', align: 'left', cell: ({ name }) => name },
    { title: 'Shape', align: 'right', cell: ({ shape }) => text.shape(shape) },
    { title: 'Axis', align: 'right', cell: ({ axis }) => String(axis) },
    { title: 'Dtype', align: 'left', cell: ({ dtype }) => dtype },
    { title: 'Kind', align: 'left', cell: kindWord },
    { title: 'Bits/w', align: 'right', cell: ({ bitsPerWeight }) => text.bits(bitsPerWeight) },
    { title: 'Bytes', align: 'right', cell: ({ storedBytes }) => text.count(storedBytes) },
    { title: 'Packed', align: 'left', cell: ({ packing }) => packing ?? '', isOptional: true },
  ];
}

function missingLines({ missing, files }: InspectDocument): string[] {
  const broken = files.flatMap(({ problem }) => (problem === null ? [] : [`  ${problem}`]));
  return [`${missing.length} tensors cannot be read, so that nothing can be saved:`, ...broken];
}
