import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonOf } from '../../src/core/text/documentJson.ts';
import type { MeasureDocument, QuantizeDocument } from '../../src/protocol/documents.ts';
import { writeSparseCheckpoint } from '../bench/checkpoints.ts';
import { installLoupe } from './support/loupe.ts';

const MOST_BYTES = 400e6;
const INT4 = ['--quantizer', 'absmax', '--bits', '4', '--group-size', '128'];
const loupe = installLoupe();

async function sparse(gigabytes: number): Promise<string> {
  const folder = join(loupe.folder, `sparse-${gigabytes}`);
  await mkdir(folder);
  await writeSparseCheckpoint(folder, gigabytes * 1e9);
  return folder;
}

/** The files are sparse: they take room neither on the disk nor, but for what the system caches, in memory. */
describe('peak memory does not follow the size of the checkpoint', () => {
  it('saves 1.5 GB and verifies what it saved within 400 MB', { timeout: 180_000 }, async () => {
    const out = join(loupe.folder, 'packed.safetensors');
    const args = ['quantize', await sparse(1.5), ...INT4, '--format', 'loupe', '--out', out];
    const { run, verified } = await loupe.json<JsonOf<QuantizeDocument>>(args);
    expect(verified).toBe(true);
    expect(run.peak_memory_bytes).toBeLessThan(MOST_BYTES);
  });

  it('measures 20 GB within 400 MB', { timeout: 300_000 }, async () => {
    const { run, totals } = await loupe.json<JsonOf<MeasureDocument>>(['measure', await sparse(20), ...INT4]);
    expect(totals.original_bytes).toBeGreaterThan(19e9);
    expect(run.peak_memory_bytes).toBeLessThan(MOST_BYTES);
  });
});
