/**
 * Levels of each row of a block by Lloyd-Max, as stored. Twin: ref/lloydMax.ts, that is core/search/lloydMax.ts, operation by
 * operation. Once the starts are found, a bucket holds sums from zero up to it instead of its own (core/search/prefixSums.ts):
 *
 *   value | count | Σx | Σx², of the buckets from zero up to here
 */

import { DTYPE_F16 } from './codes';
import { cubeRoot } from './cubeRoot';
import { BUCKET, COUNT, gatherBuckets, SQUARES, SUM } from './floatBuckets';
import { decodeF16, encodeF16 } from './floatBits';

const DENSITY_BINS: u32 = 2048;
const MOST_ROUNDS: u32 = 200;
const LEAST_FALL: f64 = 1e-6;

/** F64 [2048] */
const density: usize = memory.data(2048 * 8, 16);
/** F64 [1024]: cube roots of counts that were asked for; 0: not yet. */
const KNOWN_ROOTS: u32 = 1024;
const roots: usize = memory.data(1024 * 8, 16);
/** F64 [256]: levels of the two starts. */
const fromDensity: usize = memory.data(256 * 8, 16);
const fromCells: usize = memory.data(256 * 8, 16);
/** U32 [256]: buckets up to the threshold above each level, of the round before: the next is near. */
const ends: usize = memory.data(256 * 4, 16);

let buckets: usize = 0;
let bucketCount: u32 = 0;

export function lloydMaxRows(
  x: usize,
  rows: u32,
  inputs: u32,
  bits: i32,
  dtype: i32,
  target: usize,
  scratch: usize,
): void {
  const levels: u32 = 1 << bits;
  buckets = scratch + 2 * (<usize>inputs + 4) * 4;
  for (let row: u32 = 0; row < rows; row++, x += inputs * 4, target += levels * 4) {
    bucketCount = gatherBuckets(x, inputs, scratch, buckets);
    if (bucketCount == 0) {
      for (let code: u32 = 0; code < levels; code++) store<f32>(target + code * 4, NaN);
      continue;
    }
    startFromDensity(levels);
    startFromCells(levels);
    prefixSums();
    const densityError = refine(fromDensity, levels);
    const cellsError = refine(fromCells, levels);
    storeLevels(cellsError < densityError ? fromCells : fromDensity, levels, dtype, target);
  }
}

// @ts-ignore: decorator
@inline
function valueAt(index: u32): f64 {
  return load<f64>(buckets + <usize>index * BUCKET);
}

/** Sums up to each bucket, outward from zero. */
function prefixSums(): void {
  const end = buckets + <usize>bucketCount * BUCKET;
  let zero = buckets;
  while (zero < end && load<f64>(zero) < 0) zero += BUCKET;
  let count: f64 = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let at = zero; at <= end; at += BUCKET) {
    const ownCount = load<f64>(at, COUNT);
    const ownSum = load<f64>(at, SUM);
    const ownSquares = load<f64>(at, SQUARES);
    storeSums(at, count, sum, squares);
    count += ownCount;
    sum += ownSum;
    squares += ownSquares;
  }
  count = 0;
  sum = 0;
  squares = 0;
  for (let at = zero; at > buckets; ) {
    at -= BUCKET;
    count -= load<f64>(at, COUNT);
    sum -= load<f64>(at, SUM);
    squares -= load<f64>(at, SQUARES);
    storeSums(at, count, sum, squares);
  }
}

// @ts-ignore: decorator
@inline
function storeSums(at: usize, count: f64, sum: f64, squares: f64): void {
  store<f64>(at, count, COUNT);
  store<f64>(at, sum, SUM);
  store<f64>(at, squares, SQUARES);
}

/** Before prefixSums: it needs the counts. */
function startFromDensity(levels: u32): void {
  const min = valueAt(0);
  const width = (valueAt(bucketCount - 1) - min) / <f64>DENSITY_BINS;
  for (let level: u32 = 0; level < levels; level++) store<f64>(fromDensity + level * 8, min);
  if (width == 0) return;
  memory.fill(density, 0, DENSITY_BINS * 8);
  const end = buckets + <usize>bucketCount * BUCKET;
  for (let at = buckets; at < end; at += BUCKET) {
    const bin = density + <usize>binOf((load<f64>(at) - min) / width) * 8;
    store<f64>(bin, load<f64>(bin) + load<f64>(at, COUNT));
  }
  let total: f64 = 0;
  for (let bin = density; bin < density + DENSITY_BINS * 8; bin += 8) {
    const root = rootOf(load<f64>(bin));
    store<f64>(bin, root);
    total += root;
  }
  let below: f64 = 0;
  let level: u32 = 0;
  for (let bin: u32 = 0; bin < DENSITY_BINS; bin++) {
    const share = load<f64>(density + bin * 8);
    for (; level < levels; level++) {
      const wanted = (total * (<f64>level + 0.5)) / <f64>levels;
      if (below + share < wanted) break;
      store<f64>(fromDensity + level * 8, min + (<f64>bin + (wanted - below) / share) * width);
    }
    below += share;
  }
}

// @ts-ignore: decorator
@inline
function binOf(place: f64): u32 {
  return min<u32>(DENSITY_BINS - 1, <u32>place);
}

/** Counts of a bin are small and come again: their roots are kept. */
function rootOf(count: f64): f64 {
  if (count == 0) return 0;
  if (count >= <f64>KNOWN_ROOTS) return cubeRoot(count);
  const known = roots + <usize>count * 8;
  let root = load<f64>(known);
  if (root == 0) {
    root = cubeRoot(count);
    store<f64>(known, root);
  }
  return root;
}

function startFromCells(levels: u32): void {
  const min = valueAt(0);
  const width = (valueAt(bucketCount - 1) - min) / <f64>levels;
  for (let level: u32 = 0; level < levels; level++) {
    store<f64>(fromCells + level * 8, min + (<f64>level + 0.5) * width);
  }
}

function refine(levels: usize, count: u32): f64 {
  for (let level: u32 = 0; level < count; level++) store<u32>(ends + level * 4, 0);
  let squaredError = moveToMeans(levels, count);
  for (let round: u32 = 1; round < MOST_ROUNDS; round++) {
    const previous = squaredError;
    squaredError = moveToMeans(levels, count);
    if (previous - squaredError <= LEAST_FALL * previous) break;
  }
  return squaredError;
}

function moveToMeans(levels: usize, levelCount: u32): f64 {
  const last = levelCount - 1;
  let squaredError: f64 = 0;
  let start: u32 = 0;
  for (let level: u32 = 0; level <= last; level++) {
    const at = levels + level * 8;
    let end = bucketCount;
    if (level < last) {
      end = countAtMost((load<f64>(at) + load<f64>(at, 8)) / 2, max(start, load<u32>(ends + level * 4)));
      store<u32>(ends + level * 4, end);
    }
    if (end > start) {
      const below = buckets + <usize>start * BUCKET;
      const above = buckets + <usize>end * BUCKET;
      const count = load<f64>(above, COUNT) - load<f64>(below, COUNT);
      const sum = load<f64>(above, SUM) - load<f64>(below, SUM);
      const mean = min(max(sum / count, load<f64>(below)), load<f64>(above - BUCKET));
      const error = load<f64>(above, SQUARES) - load<f64>(below, SQUARES) - mean * (2 * sum - mean * count);
      if (error > 0) squaredError += error;
      store<f64>(at, mean);
    }
    start = end;
  }
  return squaredError;
}

/** How many buckets have a value of at most `threshold`, sought outward from a guess. */
function countAtMost(threshold: f64, guess: u32): u32 {
  let low: u32 = guess;
  let high: u32 = guess;
  let step: u32 = 1;
  if (guess < bucketCount && valueAt(guess) <= threshold) {
    do {
      low = high + 1;
      high = min(bucketCount, low + step);
      step <<= 1;
    } while (high < bucketCount && valueAt(high) <= threshold);
  } else {
    while (low > 0 && valueAt(low - 1) > threshold) {
      high = low - 1;
      low = high > step ? high - step : 0;
      step <<= 1;
    }
  }
  // The count lies in [low, high].
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rounded to F32, then to the dtype, at most its largest finite value. */
function storeLevels(levels: usize, count: u32, dtype: i32, target: usize): void {
  for (let level: u32 = 0; level < count; level++) {
    let value = <f32>load<f64>(levels + level * 8);
    if (dtype == DTYPE_F16) {
      value = reinterpret<f32>(decodeF16(encodeF16(reinterpret<u32>(value))));
      value = min<f32>(max<f32>(value, -65504), 65504);
    } else {
      value = min<f32>(max<f32>(value, -f32.MAX_VALUE), f32.MAX_VALUE);
    }
    store<f32>(target + level * 4, value);
  }
}
