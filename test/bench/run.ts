/**
 * Runs every `*.bench.ts` beside it (or those named on the command line; `--quick` with small inputs), prints one table each and writes all rows
 * with the machine they were measured on to `test/artifacts/bench.json`.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchRow } from './benchmark.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const artifacts = fileURLToPath(new URL('../artifacts', import.meta.url));
const ENDING = '.bench.ts';

function machine(): Record<string, unknown> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Ratios are speeds against the first row of the same name and threads. */
function table(rows: readonly BenchRow[]): Record<string, string>[] {
  return rows.map((row) => {
    const first = rows.find((each) => each.name === row.name && each.threads === row.threads && !each.skipped);
    return {
      what: row.name,
      by: row.peer,
      threads: String(row.threads),
      speed: row.skipped ?? speedText(row),
      ratio: row.skipped || first === undefined ? '' : (secondsPerByte(first) / secondsPerByte(row)).toFixed(2),
      'peak MB': row.peakBytes === undefined ? '' : (row.peakBytes / 1e6).toFixed(0),
    };
  });
}

function speedText(row: BenchRow): string {
  if (row.inputBytes === undefined) return `${(row.seconds * 1000).toFixed(1)} ms`;
  return `${(row.inputBytes / row.seconds / 1e9).toFixed(3)} GB/s`;
}

function secondsPerByte(row: BenchRow): number {
  return row.seconds / (row.inputBytes ?? 1);
}

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isQuick = flags.includes('--quick');
const names = readdirSync(folder)
  .filter((name) => name.endsWith(ENDING))
  .map((name) => name.slice(0, -ENDING.length))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !names.includes(name));
if (names.length === 0 || unknown.length > 0) throw new Error(`no such benchmark: ${unknown.join(', ') || '(none)'}`);

console.log(machine());
const results: Record<string, { title: string; rows: BenchRow[] }> = {};
for (const name of names) {
  const { benchmark } = (await import(new URL(name + ENDING, import.meta.url).href)) as { benchmark: Benchmark };
  console.log(`\n${benchmark.title}`);
  const generated = mkdtempSync(join(tmpdir(), 'tensor-loupe-bench-'));
  const rows = await benchmark.run({ isQuick, folder: generated });
  rmSync(generated, { recursive: true });
  console.table(table(rows));
  results[name] = { title: benchmark.title, rows };
}
mkdirSync(artifacts, { recursive: true });
const output = join(artifacts, 'bench.json');
writeFileSync(output, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
console.log(`\nwritten to ${output}`);
