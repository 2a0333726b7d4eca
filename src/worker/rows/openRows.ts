import { type Dtype, dtypeBits } from 'safetensors-js';
import type { PackedAffine, PackedScaledFloat, TensorSource } from '../../core/model/model.ts';
import type { RowRange } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { planTiles, type TileLimits, type TilePlan } from '../tiles.ts';
import { AffineRows } from './affineRows.ts';
import { BinaryRows } from './binaryRows.ts';
import { BlockRows } from './blockRows.ts';
import { ClampedRows } from './clampedRows.ts';
import { CodebookRows } from './codebookRows.ts';
import { openFixedPoint } from './fixedPointRows.ts';
import { OutlierRows } from './outlierRows.ts';
import { RawRows } from './rawRows.ts';
import type { RowOptions, RowReader } from './rowReader.ts';
import { ScaledCastRows } from './scaledCastRows.ts';
import { ScaledFloatRows } from './scaledFloatRows.ts';
import { TransposedRows } from './transposedRows.ts';

/** Dtypes that no kernel decodes. */
const OPAQUE_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>([
  'C64',
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
]);

/** True for sources that can be read as rows. */
export function isReadable(source: TensorSource): boolean {
  return source.kind !== 'raw' || (!OPAQUE_DTYPES.has(source.data.dtype) && dtypeBits(source.data.dtype) >= 8);
}

/** Parts of a row begin on a whole byte of codes, whatever their bits. */
export const PART_STEP = 8;

/** True where a transposed tensor lies as the original did; packed codes mostly lie in the order of the view. */
function isInStoredOrder(source: TensorSource): boolean {
  return source.kind === 'raw' || (source.kind === 'scaled-float' && source.codeOrder === 'stored');
}

/** Tiles that suit every one of the sources. @param step parts of a row begin at multiples of it */
export function planRows(scope: CallScope, sources: readonly TensorSource[], step = PART_STEP): TilePlan {
  const { inputs } = (sources[0] as TensorSource).view;
  return planTiles(inputs, step, tileLimits(scope, sources));
}

/** A transposed source is decoded by several channels at a time, so its tiles are larger. */
export function tileLimits(scope: CallScope, sources: readonly TensorSource[]): TileLimits {
  const isTransposed = sources.some((source) => isInStoredOrder(source) && source.view.transposed);
  if (!isTransposed) return scope.limits;
  const { inputs } = (sources[0] as TensorSource).view;
  const { transposedChannels, rowElements, tileElements } = scope.limits;
  const most = transposedChannels * rowElements;
  return { tileElements: Math.min(most, Math.max(tileElements, transposedChannels * inputs)), rowElements: most };
}

export function openRows(
  scope: CallScope,
  source: TensorSource,
  range: RowRange,
  plan: TilePlan,
  options: RowOptions = {},
): RowReader {
  const rows = openSource(scope, source, range, plan, options);
  const { largest = null } = options;
  return largest === null ? rows : new ClampedRows(scope, rows, largest);
}

function openAffine(
  scope: CallScope,
  source: PackedAffine,
  range: RowRange,
  plan: TilePlan,
  options: RowOptions,
): RowReader {
  const rows = new AffineRows(scope, source, range, plan, options);
  const { outliers, view, roundTo } = source;
  return outliers === undefined ? rows : new OutlierRows(scope, rows, outliers, view.inputs, plan, roundTo);
}

function openSource(
  scope: CallScope,
  source: TensorSource,
  range: RowRange,
  plan: TilePlan,
  options: RowOptions,
): RowReader {
  switch (source.kind) {
    case 'affine':
      return openAffine(scope, source, range, plan, options);
    case 'scaled-float':
      return source.codeOrder === 'stored'
        ? openScaledCast(scope, source, range, plan, options)
        : new ScaledFloatRows(scope, source, range, plan, options);
    case 'fixed-point':
      return openFixedPoint(scope, source, range, plan, options);
    case 'codebook':
      if (source.unit === 'block') return new BlockRows(scope, source, range, plan, options);
      return new CodebookRows(scope, source, range, plan, options);
    case 'binary':
      return new BinaryRows(scope, source, range, plan, options);
    case 'raw':
      if (!isReadable(source)) throw new Error(`${source.data.name}: kernels do not decode ${source.data.dtype}`);
      return source.view.transposed
        ? new TransposedRows(scope, source.data, source.view, range, plan, options)
        : new RawRows(scope, source.data, source.view, range, plan, options);
  }
}

function openScaledCast(
  scope: CallScope,
  source: PackedScaledFloat,
  range: RowRange,
  plan: TilePlan,
  { blockBytes }: RowOptions,
): RowReader {
  const values = openSource(scope, { kind: 'raw', view: source.view, data: source.codes }, range, plan, { blockBytes });
  return new ScaledCastRows(scope, source, values, range);
}
