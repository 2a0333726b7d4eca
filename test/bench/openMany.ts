import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFile, planShards, type TensorSpec } from 'safetensors-js';
import { openCheckpointPath } from 'safetensors-js/node';

/** What opening took; a new process pays for compiling the reader in its first opening. */
export interface OpenManyResult {
  readonly tensors: number;
  readonly shards: number;
  /** The first opening in this process. */
  readonly firstSeconds: number;
  /** The best of the openings after it. */
  readonly warmSeconds: number;
  /** Opening a sparse file of 1 TB with one tensor. */
  readonly terabyteSeconds: number;
}

const TENSORS = 100_000;
const SHARDS = 163;
const WARM_RUNS = 5;

/** Times the opening of 100,000 tensors in 163 shards, and of a sparse file of 1 TB, written into a temporary folder. */
export async function benchOpenMany(): Promise<OpenManyResult> {
  const folder = await mkdtemp(join(tmpdir(), 'open-many-'));
  try {
    await writeShards(folder);
    const firstSeconds = await timeOpening(folder);
    const warm: number[] = [];
    for (let run = 0; run < WARM_RUNS; run++) warm.push(await timeOpening(folder));
    // In a folder of its own: beside an index that is read to see whether it lists the file.
    const terabyte = join(await mkdtemp(join(folder, 'terabyte-')), 'model.safetensors');
    await writeTerabyte(terabyte);
    const terabyteSeconds = await timeOpening(terabyte);
    return { tensors: TENSORS, shards: SHARDS, firstSeconds, warmSeconds: Math.min(...warm), terabyteSeconds };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function timeOpening(path: string): Promise<number> {
  const start = performance.now();
  await openCheckpointPath(path);
  return (performance.now() - start) / 1000;
}

/** Names and shapes in the manner of a mixture-of-experts model: the kind that has so many tensors. */
async function writeShards(folder: string): Promise<void> {
  const tensors = Array.from({ length: TENSORS }, (_, i): TensorSpec => {
    const [layer, expert] = [Math.floor(i / 1640), Math.floor(i / 4) % 410];
    const name = `model.layers.${layer}.mlp.experts.${expert}.${['gate_proj', 'up_proj', 'down_proj', 'norm'][i % 4]}.weight`;
    return { name, dtype: 'BF16', shape: [2048, 7168] };
  });
  const perShard = Math.ceil(TENSORS / SHARDS);
  const maxShardBytes = perShard * 2048 * 7168 * 2;
  const { shards, index } = planShards(
    tensors.map((tensor) => [tensor]),
    { maxShardBytes, metadata: () => new Map([['format', 'pt']]) },
  );
  for (const { name, plan } of shards) await writeSparse(join(folder, name), plan.headerBytes, plan.fileBytes);
  await writeFile(join(folder, 'model.safetensors.index.json'), index ?? '');
}

async function writeTerabyte(path: string): Promise<void> {
  const { headerBytes, fileBytes } = planFile([{ name: 'w', dtype: 'BF16', shape: [2 ** 20, 2 ** 19] }]);
  await writeSparse(path, headerBytes, fileBytes);
}

async function writeSparse(path: string, headerBytes: Uint8Array, fileBytes: number): Promise<void> {
  const handle = await open(path, 'wx');
  await handle.write(headerBytes, 0, headerBytes.length, 0);
  await handle.truncate(fileBytes);
  await handle.close();
}
