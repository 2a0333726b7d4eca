import type { GpuMessage, GpuRequest } from '../../protocol/gpu.ts';

/** Whoever has a GPU, as a channel sees it: the seam between the GPU process, a Web Worker and a page. */
export interface GpuPort {
  /** Bytes that are lent may be given away with the message. */
  post(request: GpuRequest): void;
  onMessage(handler: (message: GpuMessage) => void): void;
  /** Called once, when nothing will be answered any more. `left`: somebody closed it, and it is nobody's fault. */
  onDeath(handler: (why: string, left: boolean) => void): void;
  /** A busy one keeps our process alive, an idle one does not. */
  setBusy(busy: boolean): void;
  end(): void;
}
