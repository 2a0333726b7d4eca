import type { Checkpoint, CheckpointTensor, Dtype } from 'safetensors-js';
import type { PackedTensor, Recognition } from '../formats/packedTensor.ts';
import { recognisePacked } from '../formats/recognise.ts';
import { findTransposed, isTransposedIn } from './channelAxis.ts';
import { familyOf, type ModelFamily } from './families.ts';
import type { Model, ModelTensor, RawSource, View2D } from './model.ts';
import { modelTypesOf, parseModelConfig } from './modelConfig.ts';
import { sortInModelOrder } from './modelOrder.ts';
import { countLayers, findLayerPlaces, type LayerPlace } from './stacks.ts';
import { storedTensorOf } from './storedTensor.ts';
import { type KindGuess, kindOf } from './tensorKind.ts';
import { isHeadStored } from './tiedHead.ts';
import { elementsOf, viewOf, viewOfStackedMatrices } from './view.ts';

export interface BuildModelOptions {
  /** Bytes of small tensors that say what headers do not (see `tellingTensorsOf`). */
  readonly values?: ReadonlyMap<string, Uint8Array>;
  /** The channel dim of every matrix of kind linear, against table and biases (`--axis`). */
  readonly axis?: 0 | 1 | null;
}

/**
 * Understands a checkpoint: original names, kinds, layers, roles and channel axes, in model order. Tensors whose data is
 * missing are left out (`checkpoint.missingTensors` names them). Takes time linear in the number of tensors, apart from sorting.
 * @param configText the config.json beside the checkpoint, null where there is none.
 */
export function buildModel(checkpoint: Checkpoint, configText: string | null, options: BuildModelOptions = {}): Model {
  const { config, modelType, architecture, tied, problem } = parseModelConfig(configText);
  const family =
    modelTypesOf(config)
      .map(familyOf)
      .find((found) => found !== null) ?? null;
  const recognition = recognisePacked({
    checkpoint,
    config,
    isTransposed: (name) => family !== null && isTransposedIn(family, name),
    values: options.values ?? new Map(),
  });
  const drafts = draftTensors(checkpoint, recognition);
  const tensors = sortInModelOrder(completeDrafts(checkpoint, drafts, family, options.axis ?? null));
  const layers = countLayers(tensors);
  const isTied = tied ?? family?.tiedByDefault ?? false;
  return {
    checkpoint,
    config,
    configText: config === null ? null : configText,
    modelType,
    architecture,
    layers: [...layers.values()].reduce((most, count) => Math.max(most, count), 0),
    stacks: [...layers.keys()],
    tiedHead: isTied && !isHeadStored(tensors),
    tensors,
    parameters: tensors.reduce((sum, { isParameter, elements }) => sum + (isParameter ? elements : 0), 0),
    storedBytes: tensors.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    packedFormat: recognition?.format ?? null,
    warnings: [
      ...(problem === null ? [] : [{ code: 'config/unreadable', text: `config.json cannot be used: ${problem}` }]),
      ...(recognition?.warnings ?? []),
    ],
  };
}

/** A tensor under its original name, before anything is known of it. */
interface Draft {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly stored: CheckpointTensor | null;
  readonly packed: PackedTensor | null;
}

function draftTensors(checkpoint: Checkpoint, recognition: Recognition | null): readonly Draft[] {
  const packed = recognition?.tensors ?? [];
  const folded = new Set(packed.flatMap(({ parts }) => parts));
  const plain = checkpoint.tensors.filter(({ name, missing }) => !missing && !folded.has(name));
  return [
    ...plain.map((stored) => ({ name: stored.name, shape: stored.shape, dtype: stored.dtype, stored, packed: null })),
    ...packed.map((tensor) => ({ ...tensor, stored: null, packed: tensor })),
  ];
}

function completeDrafts(
  checkpoint: Checkpoint,
  drafts: readonly Draft[],
  family: ModelFamily | null,
  axis: 0 | 1 | null,
): readonly ModelTensor[] {
  const places = findLayerPlaces(drafts.map(({ name }) => name));
  const guesses = drafts.map((draft) => kindOf(draft, family));
  const transposed = transposedOf(drafts, guesses, family, axis);
  return drafts.map((draft, i) => {
    const guess = guesses[i];
    if (guess === undefined) throw new Error('a guess per tensor');
    return completeDraft(checkpoint, draft, guess, places[i] ?? null, transposed.has(draft.name) ? 1 : 0);
  });
}

function transposedOf(
  drafts: readonly Draft[],
  guesses: readonly KindGuess[],
  family: ModelFamily | null,
  axis: 0 | 1 | null,
): ReadonlySet<string> {
  if (axis === 0) return new Set();
  const subjects = drafts.map(({ name, shape }, i) => ({ name, shape, kind: guesses[i]?.kind ?? 'other' }));
  if (axis === 1) {
    const matrices = subjects.filter(({ shape, kind }) => shape.length === 2 && kind === 'linear');
    return new Set(matrices.map(({ name }) => name));
  }
  const vectors = drafts.filter(({ shape }) => shape.length === 1);
  return findTransposed(subjects, new Map(vectors.map(({ name, shape }) => [name, shape[0] ?? 0])), family);
}

function completeDraft(
  checkpoint: Checkpoint,
  draft: Draft,
  guess: KindGuess,
  place: LayerPlace | null,
  guessedAxis: number,
): ModelTensor {
  const { name, shape, dtype, packed, stored } = draft;
  const elements = elementsOf(shape);
  const axis = packed?.axis ?? (guess.isStackedMatrices ? 1 : guessedAxis);
  const view = packed?.view ?? (guess.isStackedMatrices ? viewOfStackedMatrices(shape) : viewOf(shape, axis));
  const storedBytes = packed?.storedBytes ?? (stored === null ? 0 : stored.end - stored.start);
  return {
    name,
    shape,
    dtype,
    elements,
    kind: guess.kind,
    kindAssumed: guess.assumed,
    isParameter: guess.isParameter,
    stack: place?.stack ?? null,
    layer: place?.layer ?? null,
    role: place?.role ?? null,
    axis,
    view,
    source: packed?.source ?? rawSourceOf(checkpoint, stored, view),
    storedBytes,
    bitsPerWeight: elements === 0 ? 0 : (8 * storedBytes) / elements,
    packing: packed?.packing ?? null,
  };
}

function rawSourceOf(checkpoint: Checkpoint, stored: CheckpointTensor | null, view: View2D): RawSource {
  if (stored === null) throw new Error('a tensor is stored as it is or packed');
  return { kind: 'raw', view, data: storedTensorOf(checkpoint, stored) };
}
