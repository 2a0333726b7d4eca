/*
 * LLM.int8 in the Loupe format: its parts and reading them back.
 *
 *   codes U8 [channels, inputs]: q + 128
 *   scb F32 [channels]: the row's max|x|
 *   where columns are kept apart: outlier_columns I32 [k], ascending, and outliers F16 [channels, k]
 */
import type { OutlierColumns, PackedAffine, StoredTensor, View2D } from '../../model/model.ts';
import { elementsOf } from '../../model/view.ts';
import type { OutlierRule } from '../../quantizers/outlierRule.ts';
import type { AffineQuantizer } from '../../quantizers/quantizer.ts';
import type { PartLayout, PartsTensor } from '../format.ts';
import type { PackedTensor } from '../packedTensor.ts';
import { assertLayout, type StoredParts } from '../storedParts.ts';

/** Leaves of the names of its parts beside the codes. */
export const ROW_ABSMAX_PARTS = ['scb', 'outlier_columns', 'outliers'] as const;

/** Parts beside the codes. Columns that are not searched yet take no room. */
export function rowAbsmaxParts(
  { name, view }: PartsTensor,
  { outliers }: Pick<AffineQuantizer, 'outliers'>,
): readonly PartLayout[] {
  const { channels } = view;
  const scb: PartLayout = { name: `${name}.scb`, dtype: 'F32', shape: [channels], content: { kind: 'scale' } };
  const columns = columnsOf(outliers);
  if (columns.length === 0) return [scb];
  return [
    scb,
    {
      name: `${name}.outlier_columns`,
      dtype: 'I32',
      shape: [columns.length],
      content: { kind: 'constant', bytes: littleEndian(columns) },
    },
    {
      name: `${name}.outliers`,
      dtype: 'F16',
      shape: [channels, columns.length],
      content: { kind: 'outliers', columns },
    },
  ];
}

function columnsOf(outliers: OutlierRule | undefined): Int32Array {
  return Int32Array.from(outliers?.kind === 'columns' ? outliers.columns : []);
}

function littleEndian(columns: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * columns.length);
  const view = new DataView(bytes.buffer);
  columns.forEach((column, i) => {
    view.setInt32(4 * i, column, true);
  });
  return bytes;
}

/** @throws UnreadableLayout where parts are missing or do not fit */
export function readRowAbsmax(
  name: string,
  view: View2D,
  codes: StoredTensor,
  stored: StoredParts,
): Pick<PackedTensor, 'source' | 'packing'> {
  const scale = stored.get(name, 'scb');
  assertLayout(scale !== null, 'its scb is missing');
  const isOneARow = scale.dtype === 'F32' && elementsOf(scale.shape) === view.channels;
  assertLayout(isOneARow, 'its scb does not fit its shape');
  const outliers = readOutliers(name, view, stored);
  const source: PackedAffine = {
    kind: 'affine',
    view,
    codes,
    codeStorage: 'stream',
    bits: 8,
    rowBytes: view.inputs,
    decode: 'row-absmax',
    unit: 'channel',
    groupSize: view.inputs,
    scale,
    zero: null,
    zeroStorage: null,
    groupIndex: null,
    roundTo: null,
    ...(outliers === null ? {} : { outliers }),
  };
  const [count = 0] = outliers?.columns.shape ?? [];
  return { source, packing: count === 0 ? 'LLM.int8' : `LLM.int8 with ${count} columns in F16` };
}

function readOutliers(name: string, { channels, inputs }: View2D, stored: StoredParts): OutlierColumns | null {
  const columns = stored.get(name, 'outlier_columns');
  const values = stored.get(name, 'outliers');
  if (columns === null && values === null) return null;
  assertLayout(columns !== null && values !== null, 'its outlier columns or their values are missing');
  const [count = 0] = columns.shape;
  const isList = columns.dtype === 'I32' && columns.shape.length === 1 && count <= inputs;
  assertLayout(isList, 'its outlier columns are no list of inputs');
  const doFit = values.dtype === 'F16' && values.shape.join() === `${channels},${count}`;
  assertLayout(doFit, 'the values of its outlier columns do not fit');
  return { columns, values };
}
