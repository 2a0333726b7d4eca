/**
 * The GPU process of a plain Node: bundled into dist/gpu.cjs. A driver may crash it, or hang; the session then goes on
 * without. It reads the byte ranges that it is asked about by itself.
 */
import { dtypeBits } from 'safetensors-js';
import { piecesOfRows, turnRows } from '../core/model/rowBytes.ts';
import type { GpuMessage, GpuRequest, GpuRows, GpuSearch } from '../protocol/gpu.ts';
import { NodeFiles } from './files/nodeFiles.ts';
import { nodeGpu, whyNoAdapter } from './gpu/nodeGpu.ts';
import { openDevice } from './gpu/openDevice.ts';
import { serveGpu } from './gpu/serveGpu.ts';

const files = new NodeFiles();

function readRows({ rows, inputs, dtype }: GpuSearch, { stored, view, firstRow }: GpuRows): Uint8Array {
  const elementBytes = dtypeBits(dtype) / 8;
  const bytes = new Uint8Array(rows * inputs * elementBytes);
  let filled = 0;
  for (const piece of piecesOfRows(view, elementBytes, firstRow, rows)) {
    files.read(stored, stored.start + piece.start, bytes.subarray(filled, filled + piece.bytes));
    filled += piece.bytes;
  }
  return view.transposed ? turnRows(bytes, inputs, rows, elementBytes) : bytes;
}

serveGpu(
  {
    post: (message: GpuMessage) => process.send?.(message),
    onMessage: (listener) => process.on('message', (request) => listener(request as GpuRequest)),
  },
  {
    open: async ({ module }) => {
      const gpu = await nodeGpu(module ?? 'webgpu');
      return (await openDevice(gpu)) ?? whyNoAdapter();
    },
    weightsOf: (search, weights) => ('lent' in weights ? weights.lent : readRows(search, weights.lie)),
    onIdle: () => files.closeAll(),
  },
);
// The session is gone: nobody asks any more.
process.on('disconnect', () => process.exit(0));
