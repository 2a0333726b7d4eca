import type { BenchRow } from './benchmark.ts';

/** One line per job and number of threads: its own speed, then that of every other program with how many times faster the job is. */
export function speedTable(rows: readonly BenchRow[]): string[] {
  const jobs = [...new Set(rows.map(({ name, threads }) => `${threads}\n${name}`))].map((key) =>
    rows.filter(({ name, threads }) => `${threads}\n${name}` === key),
  );
  const peers = [...new Set(rows.map(({ peer }) => peer))].filter((peer) => peer !== rows[0]?.peer);
  const heads = ['', 'threads', rows[0]?.peer ?? '', 'peak', ...peers];
  const lines = jobs.map((job) => lineOf(job, peers));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => (line[column] ?? '').length)),
  );
  return [heads, ...lines].map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
}

function lineOf(job: readonly BenchRow[], peers: readonly string[]): string[] {
  const [own] = job as [BenchRow, ...BenchRow[]];
  const others = peers.map((peer) => {
    const row = job.find((each) => each.peer === peer);
    if (row === undefined) return '';
    return row.skipped === undefined ? `${speedOf(row)} (× ${(row.seconds / own.seconds).toFixed(2)})` : 'skipped';
  });
  const peak = own.peakBytes === undefined ? '' : `${(own.peakBytes / 1e6).toFixed(0)} MB`;
  return [own.name, String(own.threads), speedOf(own), peak, ...others];
}

function speedOf({ inputBytes, seconds }: BenchRow): string {
  if (inputBytes === undefined) return `${(seconds * 1000).toFixed(1)} ms`;
  const speed = inputBytes / seconds / 1e9;
  // Searches are a hundred times slower than plain rounding.
  return `${speed.toFixed(speed < 0.1 ? 3 : 2)} GB/s`;
}
