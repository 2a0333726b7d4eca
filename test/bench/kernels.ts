/**
 * GB/s of the kernels on one core, from memory, BF16 input in blocks of 2 MB; best of many rounds, so that a busy machine
 * disturbs little. `node test/bench/kernels.ts [filter] [rounds]`. Not a test: it asserts nothing and no test runs it.
 */
import { readFile } from 'node:fs/promises';
import { ensureKernels } from '../../scripts/buildKernels.mjs';
import { hasMultiplier, hasZero } from '../../src/core/quantizers/affineArithmetic.ts';
import { parseClip } from '../../src/core/quantizers/clipRule.ts';
import { type Block, type Kernels, lloydMaxScratchBytes, type SumsWanted } from '../../src/kernels/kernels.ts';
import { loadKernels } from '../../src/kernels/registry.ts';
import { type AffinePreset, affineQuantizer } from '../kernels/support/affineQuantizer.ts';
import { Arena } from '../kernels/support/arena.ts';
import { DISTRIBUTIONS, floatsOf } from '../kernels/support/seeded.ts';

const BLOCK_BYTES = 2 << 20;
const TENSOR_BYTES = 64 << 20;
const INPUTS = 4096;
const ROUNDS = Number(process.argv[3] ?? 12);
/** Rows that are decoded, searched and encoded together stay in the cache. */
const BATCH_ELEMENTS = 32768;

const filter = process.argv[2] ?? '';

async function freshKernels(): Promise<Kernels> {
  return loadKernels('wasm', new Uint8Array(await readFile(await ensureKernels())));
}

/** A tensor of BF16 normal weights in kernel memory. */
function putWeights(arena: Arena): number {
  const n = BLOCK_BYTES / 2;
  const x = arena.put(floatsOf(DISTRIBUTIONS.normal as () => number, n, 1));
  const tensor = arena.allocate(TENSOR_BYTES);
  arena.kernels.encodeFloat('BF16', x, tensor, n);
  const bytes = arena.kernels.bytes();
  for (let at = BLOCK_BYTES; at < TENSOR_BYTES; at += BLOCK_BYTES)
    bytes.copyWithin(tensor + at, tensor, tensor + BLOCK_BYTES);
  return tensor;
}

function report(name: string, perBlock: (source: number) => void, tensor: number): void {
  if (!name.includes(filter)) return;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let at = 0; at < TENSOR_BYTES; at += BLOCK_BYTES) perBlock(tensor + at);
    best = Math.min(best, performance.now() - start);
  }
  console.log(`${name.padEnd(64)} ${(TENSOR_BYTES / best / 1e6).toFixed(2)} GB/s`);
}

async function benchScan(): Promise<void> {
  const kernels = await freshKernels();
  const arena = new Arena(kernels);
  const tensor = putWeights(arena);
  const counts = arena.allocate(4 * 65536);
  const n = BLOCK_BYTES / 2;
  report('countPatterns', (source) => kernels.countPatterns('BF16', source, n, counts), tensor);
  const x = arena.allocate(4 * BATCH_ELEMENTS);
  const rows = BATCH_ELEMENTS / INPUTS;
  const block: Block = { x, rows, inputs: INPUTS, groupSize: INPUTS };
  const lows = arena.allocate(4 * rows);
  const highs = arena.allocate(4 * rows);
  const squares = arena.allocate(8 * rows);
  const moments = arena.allocate(8 * 32);
  const inBatches = (source: number, step: (pointer: number) => void) => {
    for (let at = 0; at < n; at += BATCH_ELEMENTS) step(source + 2 * at);
  };
  const decodeBatch = (pointer: number) => kernels.decode('BF16', pointer, x, BATCH_ELEMENTS);
  report('decode', (source) => inBatches(source, decodeBatch), tensor);
  report(
    'decode + rowRanges',
    (source) =>
      inBatches(source, (pointer) => {
        decodeBatch(pointer);
        kernels.rowRanges(block, lows, highs, squares);
      }),
    tensor,
  );
  const storedRows = n / INPUTS;
  const [min, max, energy] = [4, 4, 8].map((size) => arena.allocate(size * storedRows)) as [number, number, number];
  for (const dtype of ['BF16', 'F16'] as const) {
    report(
      `rowRangesStored ${dtype}`,
      (source) => kernels.rowRangesStored(dtype, source, storedRows, INPUTS, min, max, energy),
      tensor,
    );
  }
  report(
    'countPatterns + rowRangesStored (a scan)',
    (source) => {
      kernels.countPatterns('BF16', source, n, counts);
      kernels.rowRangesStored('BF16', source, storedRows, INPUTS, min, max, energy);
    },
    tensor,
  );
  report(
    'decode + moments',
    (source) =>
      inBatches(source, (pointer) => {
        decodeBatch(pointer);
        kernels.moments(x, BATCH_ELEMENTS, moments, 0);
      }),
    tensor,
  );
}

/** A strip of a transposed tensor (GPT-2 XL: 1600 inputs, 6400 channels), F32 and BF16. */
async function benchTransposed(): Promise<void> {
  const [inputs, channels, strip] = [1600, 6400, 64];
  for (const [dtype, elementBytes] of [
    ['F32', 4],
    ['BF16', 2],
  ] as const) {
    const kernels = await freshKernels();
    const arena = new Arena(kernels);
    const stored = arena.allocate(inputs * channels * elementBytes);
    const x = arena.allocate(4 * strip * inputs);
    const strips = BLOCK_BYTES / 2 / (strip * inputs);
    const gigabytes = (strips * strip * inputs * elementBytes) / BLOCK_BYTES;
    let first = 0;
    const next = () => {
      first = (first + strip) % channels;
      return first;
    };
    report(
      `decodeTransposed ${dtype} (times ${gigabytes.toFixed(2)} for bytes read)`,
      () => {
        for (let i = 0; i < strips; i++) kernels.decodeTransposed(dtype, stored, channels, next(), strip, inputs, x);
      },
      stored,
    );
    report(
      `encodeFloatTransposed ${dtype} (times ${gigabytes.toFixed(2)} for bytes written)`,
      () => {
        for (let i = 0; i < strips; i++) kernels.encodeFloatTransposed(dtype, x, strip, inputs, stored);
      },
      stored,
    );
  }
}

interface QuantizeCase {
  readonly preset: AffinePreset;
  readonly bits: number;
  readonly groupSize: number | null;
  readonly roundTo: 'BF16' | null;
  readonly wanted: SumsWanted;
  /** As `parseClip` reads it. */
  readonly clip?: string;
}

async function benchQuantize({ preset, bits, groupSize, roundTo, wanted, clip = 'none' }: QuantizeCase): Promise<void> {
  const name = `${preset} ${bits} bits group ${groupSize ?? 'channel'} x' ${roundTo ?? 'F32'} ${wanted} clip ${clip}`;
  if (!name.includes(filter)) return;
  const kernels = await freshKernels();
  const arena = new Arena(kernels);
  const tensor = putWeights(arena);
  const rule = parseClip(clip) ?? null;
  const quantizer = {
    ...affineQuantizer(preset, bits, groupSize === null ? 'channel' : 'group', groupSize, 'F16'),
    ...(rule === null ? {} : { clip: rule }),
  };
  const rows = BATCH_ELEMENTS / INPUTS;
  const block: Block = {
    x: arena.allocate(4 * BATCH_ELEMENTS),
    rows,
    inputs: INPUTS,
    groupSize: groupSize ?? INPUTS,
  };
  const slices = rows * Math.ceil(INPUTS / (groupSize ?? INPUTS));
  const low = arena.allocate(4 * slices);
  const high = arena.allocate(4 * slices);
  const parameters = {
    scale: arena.allocate(4 * slices),
    zero: hasZero(quantizer.rule) ? arena.allocate(4 * slices) : 0,
    multiplier: hasMultiplier(quantizer.rule) ? arena.allocate(4 * slices) : 0,
    perTensor: false,
  };
  const rowBytes = (INPUTS * bits) / 8;
  const codes = arena.allocate(rows * rowBytes);
  const perBlock = BLOCK_BYTES / 2;
  const runs = arena.runState(perBlock * 2);
  const steps = {
    decode: (pointer: number) => kernels.decode('BF16', pointer, block.x, BATCH_ELEMENTS),
    search: () => kernels.affineSearch(block, quantizer.range, low, high, false),
    searchAndClip: () => {
      steps.search();
      kernels.clipRanges(block, quantizer, low, high);
    },
    parameters: () => kernels.affineParameters(quantizer, slices, low, high, parameters),
    encode: () => kernels.affineEncode(block, quantizer, parameters, roundTo, codes, rowBytes, 0, runs, wanted),
  };
  report(
    `${name}: all`,
    (source) => {
      kernels.bytes().fill(0, runs.state, runs.state + 512);
      for (let at = 0; at < perBlock; at += BATCH_ELEMENTS) {
        steps.decode(source + 2 * at);
        steps.searchAndClip();
        steps.parameters();
        steps.encode();
      }
    },
    tensor,
  );
  if (filter === '') return;
  for (const [step, run] of Object.entries(steps)) {
    report(
      `${name}: ${step} alone, cached`,
      (source) => {
        kernels.bytes().fill(0, runs.state, runs.state + 512);
        for (let at = 0; at < perBlock; at += BATCH_ELEMENTS) run(step === 'decode' ? tensor : source);
      },
      tensor,
    );
  }
}

/** Decode, Lloyd-Max of each row (or levels of the tensor, `isSearched` false), codes and squared error. */
async function benchCodebook(bits: number, isSearched: boolean): Promise<void> {
  const kernels = await freshKernels();
  const arena = new Arena(kernels);
  const tensor = putWeights(arena);
  const inputs = 11008;
  const rows = Math.floor(BLOCK_BYTES / 2 / inputs);
  const x = arena.allocate(4 * inputs);
  const block: Block = { x, rows: 1, inputs, groupSize: inputs };
  const table = { levels: arena.allocate(4 * 2 ** bits), bits, perTensor: true };
  const scratch = arena.allocate(lloydMaxScratchBytes(inputs));
  const codes = arena.allocate(inputs);
  const runs = arena.runState(TENSOR_BYTES);
  kernels.decode('BF16', tensor, x, inputs);
  kernels.lloydMaxRows(block, bits, 'F16', table.levels, scratch);
  const share = (2 * rows * inputs) / BLOCK_BYTES;
  report(
    `${isSearched ? 'Lloyd-Max per channel' : 'levels of the tensor'}, ${bits} bits, rows of ${inputs} (times ${share.toFixed(2)})`,
    (source) => {
      kernels.bytes().fill(0, runs.state, runs.state + 512);
      for (let row = 0; row < rows; row++) {
        kernels.decode('BF16', source + 2 * row * inputs, x, inputs);
        if (isSearched) kernels.lloydMaxRows(block, bits, 'F16', table.levels, scratch);
        kernels.codebookEncode(block, table, null, codes, Math.ceil((inputs * bits) / 8), 0, runs, 'basic');
      }
    },
    tensor,
  );
}

await benchScan();
await benchTransposed();
const cases: QuantizeCase[] = [];
for (const groupSize of [128, 32, null]) {
  cases.push({ preset: 'absmax', bits: 4, groupSize, roundTo: null, wanted: 'basic' });
  cases.push({ preset: 'rtn', bits: 4, groupSize, roundTo: 'BF16', wanted: 'basic' });
}
for (const preset of ['rtn', 'rtn-asymmetric', 'zero-point'] as const) {
  cases.push({ preset, bits: 4, groupSize: 128, roundTo: null, wanted: 'basic' });
  cases.push({ preset, bits: 8, groupSize: 128, roundTo: null, wanted: 'full' });
}
cases.push({ preset: 'absmax', bits: 3, groupSize: 128, roundTo: null, wanted: 'basic' });
for (const clip of ['mse', 'percentile:99.9', 'sigma:4', 'absolute:0.1']) {
  cases.push({ preset: 'absmax', bits: 4, groupSize: 128, roundTo: null, wanted: 'basic', clip });
  cases.push({ preset: 'rtn-asymmetric', bits: 4, groupSize: 128, roundTo: null, wanted: 'basic', clip });
}
cases.push({ preset: 'absmax', bits: 8, groupSize: null, roundTo: null, wanted: 'basic', clip: 'mse' });
cases.push({ preset: 'uniform', bits: 4, groupSize: 128, roundTo: null, wanted: 'basic' });
for (const each of cases) await benchQuantize(each);
for (const bits of [2, 4, 8]) {
  await benchCodebook(bits, false);
  await benchCodebook(bits, true);
}
