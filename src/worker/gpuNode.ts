/**
 * The GPU process of a plain Node: bundled into dist/gpu.cjs. A driver may crash it, or hang; the session then goes on
 * without. It reads the byte ranges that it is asked about by itself.
 */
import { gpuSearch } from '../kernels/wgsl/gpuSearch.ts';
import { searchKernelOf } from '../kernels/wgsl/searchKernels.ts';
import type { GpuAsk, GpuFound, GpuMessage, GpuRequest } from '../protocol/gpu.ts';
import { NodeFiles } from './files/nodeFiles.ts';
import { type OpenedDevice, openDevice } from './gpu/openDevice.ts';

const BYTES = { F16: 2, BF16: 2, F32: 4 } as const;

const files = new NodeFiles();
let held: OpenedDevice | null = null;
let lost: string | null = null;
let last: Promise<void> = Promise.resolve();

function send(message: GpuMessage): void {
  process.send?.(message);
}

process.on('message', (request: GpuRequest) => {
  last = last.then(() => serve(request));
});
// The session is gone: nobody asks any more.
process.on('disconnect', () => process.exit(0));

async function serve(request: GpuRequest): Promise<void> {
  const re = request.id;
  try {
    if ('open' in request) {
      const opened = await openDevice(request.open.module);
      if (typeof opened === 'string') {
        send({ re, state: { available: false, why: opened } });
        return;
      }
      held = opened;
      void held.device.lost.then(({ message, reason }) => {
        lost = `the device was lost: ${message || reason}`;
      });
      send({ re, state: opened.state });
    } else send({ re, found: await search(request.search) });
  } catch (error) {
    const why = lost ?? (error instanceof Error ? error.message : String(error));
    send({ re, why, fatal: lost !== null });
  } finally {
    files.closeAll();
  }
}

async function search({ stored, dtype, quantizer, firstRow, rows, inputs, rounds }: GpuAsk): Promise<GpuFound> {
  const kernel = searchKernelOf(quantizer);
  if (kernel === null || held === null) throw new Error('nothing to search, or no device');
  if (lost !== null) throw new Error(lost);
  const rowBytes = inputs * BYTES[dtype];
  const bytes = new Uint8Array(rows * rowBytes);
  files.read(stored, stored.start + firstRow * rowBytes, bytes);
  return gpuSearch(held.device, { kernel, quantizer, dtype, bytes, rows, inputs, rounds });
}
