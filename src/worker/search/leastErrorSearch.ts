import { roundHalfEven } from '../../core/numbers/roundHalfEven.ts';
import {
  decodeAffineCode,
  decodeRuleOf,
  deriveAffineParameters,
  roundToAffineCode,
} from '../../core/quantizers/affineArithmetic.ts';
import { fixedPointCodes } from '../../core/quantizers/fixedPointGrid.ts';
import { FRACTION_BITS } from '../../core/quantizers/presets.ts';
import type { AffineQuantizer, FixedPointQuantizer } from '../../core/quantizers/quantizer.ts';
import type { TensorRange } from '../../core/quantizers/tensorSearch.ts';
import { BucketErrors, contendersOf, type ErrorBounds, type MonotoneGrid } from '../../core/search/errorBounds.ts';
import { unsaturatedFraction } from '../../core/search/fractionBits.ts';
import { candidateRange, RANGE_CANDIDATES } from '../../core/search/leastErrorRange.ts';
import { endsOf } from '../../core/search/tensorRange.ts';
import type { ValueBuckets } from '../../core/search/valueBuckets.ts';
import type { RunState } from '../../kernels/kernels.ts';
import type { CallScope } from '../callScope.ts';
import { takeParameters } from '../quantize/takeParameters.ts';
import { RunRecords } from '../runRecords.ts';
import { bucketsOfTensor } from './bucketsOfTensor.ts';
import { elementsOfTensor, passOver, type WholeTensor } from './wholeTensor.ts';

/** Encodes elements for their error alone. */
type Measure = (x: number, n: number, runs: RunState) => void;

/** One of the things that may be found. */
interface Candidate<Found> {
  readonly found: Found;
  readonly grid: MonotoneGrid;
  /** Its buffers come from the arena. */
  readonly openMeasure: () => Measure;
}

/** The candidate range of least squared error over the elements of an F32 tensor, the larger on a tie. */
export function searchLeastErrorRange(
  scope: CallScope,
  tensor: WholeTensor,
  quantizer: AffineQuantizer,
  range: TensorRange,
): Promise<TensorRange> {
  const candidates = Array.from({ length: RANGE_CANDIDATES }, (_, i) =>
    rangeOfCandidate(scope, quantizer, candidateRange(range, quantizer, RANGE_CANDIDATES - i)),
  );
  return searchLeastError(scope, tensor, candidates);
}

/** The bits after the point of least squared error over the elements of an F32 tensor, the most on a tie. */
export function searchLeastErrorFraction(
  scope: CallScope,
  tensor: WholeTensor,
  { bits }: FixedPointQuantizer,
  range: TensorRange,
): Promise<number> {
  const candidates: Candidate<number>[] = [];
  // Grids of fewer are parts of the grid of the first at which nothing saturates.
  const fewest = unsaturatedFraction(bits, range.min, range.max);
  for (let fraction: number = FRACTION_BITS.to; fraction >= fewest; fraction--) {
    candidates.push(fractionOfCandidate(scope, bits, fraction));
  }
  return searchLeastError(scope, tensor, candidates);
}

/** The first of the candidates of least error: what buckets leave open is measured over the elements. */
async function searchLeastError<Found>(
  scope: CallScope,
  tensor: WholeTensor,
  candidates: readonly Candidate<Found>[],
): Promise<Found> {
  const buckets = await bucketsOfTensor(scope, tensor);
  const contenders = contendersOf(await boundsOf(scope, buckets, candidates)).map((index) => candidates[index]!);
  const [first] = contenders as [Candidate<Found>];
  if (contenders.length === 1) return first.found;
  const errors = await measureErrors(scope, tensor, contenders);
  return contenders[errors.indexOf(Math.min(...errors))]!.found;
}

async function boundsOf(
  scope: CallScope,
  buckets: ValueBuckets,
  candidates: readonly Candidate<unknown>[],
): Promise<ErrorBounds[]> {
  const errors = new BucketErrors(buckets);
  const bounds: ErrorBounds[] = [];
  let highest = Number.POSITIVE_INFINITY;
  for (const { grid } of candidates) {
    const bound = errors.bounds(grid, highest);
    highest = Math.min(highest, bound.most);
    bounds.push(bound);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return bounds;
}

async function measureErrors(
  scope: CallScope,
  tensor: WholeTensor,
  candidates: readonly Candidate<unknown>[],
): Promise<number[]> {
  let all: { readonly measure: Measure; readonly runs: RunRecords }[] = [];
  await passOver(scope, tensor, (most) => {
    all = candidates.map(({ openMeasure }) => ({
      measure: openMeasure(),
      runs: new RunRecords(scope, 'basic', elementsOfTensor(tensor), most, false),
    }));
    return (x, n) => {
      for (const { measure, runs } of all) {
        measure(x, n, runs.state);
        runs.advance(n);
      }
    };
  });
  return all.map(({ runs }) => runs.finish().sums.squaredError);
}

function rangeOfCandidate(scope: CallScope, quantizer: AffineQuantizer, range: TensorRange): Candidate<TensorRange> {
  const { rule, lo, hi } = quantizer;
  const { low, high } = endsOf(range, quantizer.range);
  const { scale, zero, multiplier } = deriveAffineParameters(quantizer, low, high);
  const decodeRule = decodeRuleOf(rule);
  return {
    found: range,
    grid: {
      code: (x) => Math.min(Math.max(roundToAffineCode(rule, x, scale, zero, multiplier), lo), hi),
      level: (code) => decodeAffineCode(decodeRule, code, scale, zero),
    },
    openMeasure: () => {
      const { arena, kernels } = scope;
      const ends = arena.take(8);
      const parameters = takeParameters(scope, quantizer, 1, true);
      arena.floatsAt(ends, 2).set([low, high]);
      kernels.affineParameters(quantizer, 1, ends, ends + 4, parameters);
      return (x, n, runs) => {
        const block = { x, rows: 1, inputs: n, groupSize: n };
        kernels.affineEncode(block, quantizer, parameters, null, 0, 0, 0, runs, 'basic');
      };
    },
  };
}

function fractionOfCandidate(scope: CallScope, bits: number, fraction: number): Candidate<number> {
  const [lo, hi] = fixedPointCodes(bits);
  const [scale, step] = [2 ** fraction, 2 ** -fraction];
  return {
    found: fraction,
    grid: {
      code: (x) => Math.min(Math.max(roundHalfEven(x * scale), lo), hi),
      level: (code) => Math.fround(code * step),
    },
    openMeasure: () => (x, n, runs) => {
      scope.kernels.fixedPointEncode(x, n, bits, fraction, null, 0, 0, runs, 'basic');
    },
  };
}
