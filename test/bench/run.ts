/**
 * Runs every `*.bench.ts` beside it, or those whose name holds a filter, prints one table each and writes all rows with
 * the machine they were measured on to `test/artifacts/bench.json`.
 *
 * `node run.ts [--quick] [--keep] [--backend webgpu] [FILTER…]`: `--quick` takes small inputs and few rounds, `--keep` leaves
 * the generated checkpoints in the temporary folder, `--backend webgpu` runs what needs a GPU, and nothing else.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { speedTable } from './speedTable.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const artifacts = fileURLToPath(new URL('../artifacts', import.meta.url));
const ENDING = '.bench.ts';

function machine(): Record<string, unknown> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    // Others at work on the machine: figures with a load beside them are too low.
    loadBefore: loadavg()[0],
  };
}

async function runBenchmark(
  name: string,
  isQuick: boolean,
  keep: boolean,
): Promise<{ title: string; rows: BenchRow[] }> {
  const { benchmark } = (await import(new URL(name + ENDING, import.meta.url).href)) as { benchmark: Benchmark };
  console.log(`\n${benchmark.title}`);
  const folder = await mkdtemp(join(tmpdir(), `loupe-bench-${name}-`));
  try {
    const rows = await benchmark.run({ isQuick, keep, folder });
    for (const line of speedTable(rows)) console.log(line);
    for (const reason of new Set(
      rows.flatMap(({ peer, skipped }) => (skipped ? `${peer} was skipped: ${skipped}` : [])),
    ))
      console.log(reason);
    return { title: benchmark.title, rows };
  } finally {
    if (keep) console.log(`kept: ${folder}`);
    else await rm(folder, { recursive: true });
  }
}

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'wasm' },
  },
  allowPositionals: true,
});
/** Benchmarks of a backend other than WASM. */
const OF_BACKENDS = ['webgpu'];
if (values.backend !== 'wasm' && !OF_BACKENDS.includes(values.backend))
  throw new Error(`no such backend: ${values.backend}`);
const names = readdirSync(here)
  .filter((name) => name.endsWith(ENDING))
  .map((name) => name.slice(0, -ENDING.length))
  .filter((name) => (OF_BACKENDS.includes(name) ? name : 'wasm') === values.backend)
  .filter((name) => positionals.length === 0 || positionals.some((filter) => name.includes(filter)));
if (names.length === 0) throw new Error(`no such benchmark: ${positionals.join(', ')}`);

const before = machine();
console.log(before);
const results: Record<string, { title: string; rows: BenchRow[] }> = {};
for (const name of names) results[name] = await runBenchmark(name, values.quick, values.keep);
mkdirSync(artifacts, { recursive: true });
const output = join(artifacts, 'bench.json');
const document = { machine: before, quick: values.quick, measured: new Date().toISOString(), results };
writeFileSync(output, `${JSON.stringify(document, null, 2)}\n`);
console.log(`\nwritten to ${output}`);
