import source from 'bundled:gpu';
import type { GpuMessage, GpuRequest } from '../../src/protocol/gpu.ts';
import type { Host } from '../host.ts';

let address: string | null = null;

/** Passes the host's questions to workers of this page, which may find a GPU, and their answers back. Nothing is kept here. */
export function relayGpu(host: Host): void {
  const workers = new Map<number, Worker>();
  const end = (port: number): void => {
    workers.get(port)?.terminate();
    workers.delete(port);
  };
  const start = (port: number): Worker => {
    address ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const worker = new Worker(address, { name: 'tensor-loupe-gpu' });
    const answer = (message: GpuMessage | string): void => host.send('gpu/answer', { port, message });
    worker.onmessage = ({ data }: MessageEvent<GpuMessage>) => answer(data);
    worker.onerror = ({ message }) => {
      end(port);
      answer(message || 'the GPU worker could not be started');
    };
    workers.set(port, worker);
    return worker;
  };
  host.on('gpu/ask', ({ port, request }) => {
    (workers.get(port) ?? start(port)).postMessage(request, lentBy(request));
  });
  host.on('gpu/end', ({ port }) => end(port));
}

/** Buffers that go on to the worker without a copy. */
function lentBy(request: GpuRequest): Transferable[] {
  return 'search' in request && 'lent' in request.weights ? [request.weights.lent.buffer as ArrayBuffer] : [];
}
