import { dirname, join } from 'node:path';
import { dtypeBits, tensorBytesOf, WriteLedger } from 'safetensors-js';
import type { PartLayout, TensorLayout } from '../../core/formats/format.ts';
import { NESTED_BLOCK } from '../../core/quantizers/nestedScales.ts';
import type { Chunk } from '../batching/batches.ts';
import type { ProgressMeter } from '../batching/progressMeter.ts';
import type { QuantizedTensor } from '../measure/quantizeJob.ts';
import { quantizeTensors } from '../measure/quantizeTensors.ts';
import { throwIfStopped } from '../pool/abort.ts';
import type { SessionContext } from '../sessionContext.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { partTargetsOf, type SavePlan } from './savePlan.ts';
import { writeBytes } from './staging.ts';

export interface WriteJob {
  readonly folder: string;
  readonly nonFinite: 'refuse' | 'clamp';
  readonly meter: ProgressMeter;
  readonly stop?: AbortSignal | undefined;
}

/**
 * Writes everything but the report into the staged folder and waits until it is on the disk.
 * @returns what each tensor's encoding found, by name
 * @throws Failure of a worker; SafetensorsError `write/*` when a byte was left out or written twice; the system's errors
 */
export async function writeStaged(
  context: SessionContext,
  files: SaveFileSystem,
  save: SavePlan,
  job: WriteJob,
): Promise<ReadonlyMap<string, QuantizedTensor>> {
  const { folder, stop } = job;
  for (const { name, bytes } of save.textFiles) await writeBytes(files, join(folder, name), bytes);
  await copySideFiles(files, save, folder, stop);
  const ledgers = await createWeightFiles(files, save, folder);
  const quantized = await writeTensors(context, save, ledgers, job);
  for (const ledger of ledgers.values()) ledger.assertComplete();
  const names = [...save.weightFiles, ...save.textFiles, ...save.sideFiles].map(({ name }) => name);
  for (const name of names) await files.sync(join(folder, name));
  return quantized;
}

async function copySideFiles(
  files: SaveFileSystem,
  { sideFiles }: SavePlan,
  folder: string,
  stop: AbortSignal | undefined,
): Promise<void> {
  const made = new Set(['.']);
  const makeFolders = async (below: string): Promise<void> => {
    if (made.has(below)) return;
    await makeFolders(dirname(below));
    await files.makeFolder(join(folder, below));
    made.add(below);
  };
  for (const { name, from } of sideFiles) {
    throwIfStopped(stop);
    await makeFolders(dirname(name));
    await files.copy(from, join(folder, name));
  }
}

/** Makes the weight files in their full size, with their headers. */
async function createWeightFiles(
  files: SaveFileSystem,
  { weightFiles }: SavePlan,
  folder: string,
): Promise<ReadonlyMap<string, WriteLedger>> {
  const ledgers = new Map<string, WriteLedger>();
  for (const { name, plan } of weightFiles) {
    const path = join(folder, name);
    const file = await files.create(path, plan.fileBytes);
    try {
      await file.write(0, plan.headerBytes);
    } finally {
      await file.close();
    }
    const ledger = new WriteLedger(plan.fileBytes);
    ledger.wrote(0, plan.headerBytes.length);
    ledgers.set(path, ledger);
  }
  return ledgers;
}

async function writeTensors(
  context: SessionContext,
  save: SavePlan,
  ledgers: ReadonlyMap<string, WriteLedger>,
  { folder, nonFinite, meter, stop }: WriteJob,
): Promise<ReadonlyMap<string, QuantizedTensor>> {
  const targets = partTargetsOf(save, folder);
  const layoutOf = new Map(save.layouts.map((layout) => [layout.tensor.name, layout]));
  const quantized = new Map<string, QuantizedTensor>();
  await quantizeTensors(context, {
    work: save.layouts
      .filter(({ tensor }) => tensor.elements > 0)
      .map((layout) => ({ ...layout, targets: targets.get(layout)! })),
    inOrderGiven: false,
    wanted: 'basic',
    // The report alone asks how often each code occurs.
    ...(save.reportName === null ? {} : { details: { codes: true, errors: false, ranges: new Map() } }),
    nonFinite,
    meter,
    stop,
    onTensor: (name, found) => {
      quantized.set(name, found);
    },
    onChunk: (chunk) => {
      const layout = layoutOf.get(chunk.tensor.name)!;
      for (const { part, path, offset } of targets.get(layout)!) {
        const { start, end } = writtenRange(part, layout, chunk);
        ledgers.get(path)!.wrote(offset + start, offset + end);
      }
    },
  });
  return quantized;
}

/**
 * Bytes of a part that a chunk of channels fills. A strip of a transposed tensor fills as many bytes, though not side by
 * side: it is booked as if it were channel-major, so that the whole comes out complete all the same.
 */
function writtenRange(
  part: PartLayout,
  { tensor, quantizer }: TensorLayout,
  { rows, index }: Chunk,
): { start: number; end: number } {
  const { channels } = tensor.view;
  const perElements = elementsPerItem(part, quantizer);
  if (perElements !== null) return rangeOfItems(part, tensor.view.inputs, rows, perElements);
  const { content } = part;
  if (content.kind === 'nested-offset' || content.kind === 'text') {
    return index === 0 ? { start: 0, end: tensorBytesOf(part) } : { start: 0, end: 0 };
  }
  if (content.kind === 'constant') return index === 0 ? { start: 0, end: content.bytes.length } : { start: 0, end: 0 };
  if (content.kind === 'codes') return { start: rows.start * content.rowBytes, end: rows.end * content.rowBytes };
  if (content.kind === 'zero-stream') {
    const [, groups = 1] = part.shape;
    const wordAt = (channel: number): number => Math.ceil((channel * content.bits) / dtypeBits('I32'));
    return { start: wordAt(rows.start) * groups * 4, end: wordAt(rows.end) * groups * 4 };
  }
  const bytes = tensorBytesOf(part);
  if (content.kind === 'copy') {
    // Dtypes under a byte: chunks meet on whole bytes, as the worker cuts them.
    const byteAt = (row: number): number => (row === channels ? bytes : Math.floor((row * bytes) / channels));
    return { start: byteAt(rows.start), end: byteAt(rows.end) };
  }
  // One scale or zero-point for the whole tensor comes with the first chunk.
  if (bytes % channels !== 0) return index === 0 ? { start: 0, end: bytes } : { start: 0, end: 0 };
  return { start: (bytes / channels) * rows.start, end: (bytes / channels) * rows.end };
}

/** Weights of the flattened view for each item of a part that lies along it, rows not regarded; null for other parts. */
function elementsPerItem({ content }: PartLayout, quantizer: TensorLayout['quantizer']): number | null {
  const blockSize = quantizer?.family === 'codebook' ? (quantizer.blockSize ?? 1) : 1;
  switch (content.kind) {
    case 'nibbles':
      return 2;
    case 'block-scale':
    case 'nested-codes':
      return blockSize;
    case 'nested-scale':
      return blockSize * NESTED_BLOCK;
    default:
      return null;
  }
}

function rangeOfItems(
  part: PartLayout,
  inputs: number,
  { start, end }: Chunk['rows'],
  perElements: number,
): { start: number; end: number } {
  const bytes = dtypeBits(part.dtype) / 8;
  return { start: (bytes * start * inputs) / perElements, end: bytes * Math.ceil((end * inputs) / perElements) };
}
