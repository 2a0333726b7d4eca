import type { TensorLayout } from '../../core/formats/format.ts';
import { addSums, EMPTY_SUMS } from '../../core/metrics/addSums.ts';
import { figuresOf, sqnrDb } from '../../core/metrics/deriveFigures.ts';
import type { ErrorSums } from '../../core/metrics/figures.ts';
import { ownBytesOf } from '../../core/model/tiedHead.ts';
import { describeQuantizer } from '../../core/quantizers/describeQuantizer.ts';
import type { Decision } from '../../core/recipes/recipe.ts';
import { layoutBytes } from '../../core/report/planSizes.ts';
import type { MeasuredTensor, Totals } from '../../protocol/documents.ts';
import { columnsApartOf } from './settlePlan.ts';

/** A tensor with what is known of its storage and its error. */
export interface MeasuredLayout {
  readonly decision: Decision;
  readonly layout: TensorLayout;
  readonly sums: ErrorSums;
}

/** The row of a tensor in tables, reports and `--json`. */
export function measuredTensorOf({ decision, layout, sums }: MeasuredLayout): MeasuredTensor {
  const { tensor } = layout;
  const storedBytes = layoutBytes(layout);
  const columns = columnsApartOf(decision.quantizer);
  return {
    name: tensor.name,
    quantizer: decision.quantizer === null ? null : describeQuantizer(decision.quantizer),
    kept: decision.keep,
    figures: figuresOf(sums),
    stored_bytes: storedBytes,
    original_bytes: ownBytesOf(tensor),
    bits_per_weight: tensor.elements === 0 ? 0 : (storedBytes * 8) / tensor.elements,
    ...boundOf(sums),
    ...(columns === null ? {} : { outlier_columns: columns, input_columns: tensor.view.inputs }),
  };
}

function boundOf(sums: ErrorSums): Pick<MeasuredTensor, 'bound_sqnr_db'> {
  const bound = sums.details?.codebookBound;
  return bound === undefined ? {} : { bound_sqnr_db: sqnrDb({ ...sums, squaredError: bound }) };
}

/** Totals over the tensors, which come in model order: doubles do not commute. */
export function totalsOf(measured: readonly MeasuredLayout[]): Totals {
  const parameters = measured.filter(({ layout }) => layout.tensor.isParameter);
  const quantized = parameters.filter(({ decision }) => decision.quantizer !== null);
  const storedBytes = measured.reduce((sum, { layout }) => sum + layoutBytes(layout), 0);
  const originalBytes = measured.reduce((sum, { layout }) => sum + ownBytesOf(layout.tensor), 0);
  return {
    quantized: figuresOf(sumsOf(quantized)),
    all: figuresOf(sumsOf(parameters)),
    quantized_bits_per_weight: bitsPerWeight(quantized),
    all_bits_per_weight: bitsPerWeight(parameters),
    stored_bytes: storedBytes,
    original_bytes: originalBytes,
    ratio: originalBytes === 0 ? 1 : storedBytes / originalBytes,
  };
}

function sumsOf(measured: readonly MeasuredLayout[]): ErrorSums {
  return measured.reduce((total, { sums }) => addSums(total, sums), EMPTY_SUMS);
}

function bitsPerWeight(measured: readonly MeasuredLayout[]): number | null {
  const weights = measured.reduce((sum, { layout }) => sum + layout.tensor.elements, 0);
  const bytes = measured.reduce((sum, { layout }) => sum + layoutBytes(layout), 0);
  return weights === 0 ? null : (bytes * 8) / weights;
}
