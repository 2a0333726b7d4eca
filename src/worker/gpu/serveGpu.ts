import type { GpuText } from '../../core/text/gpuTexts.ts';
import { GpuLimitError } from '../../kernels/wgsl/gpuSearches.ts';
import { searchKernelOf } from '../../kernels/wgsl/searchKernels.ts';
import type { GpuFound, GpuMessage, GpuOpen, GpuRequest, GpuSearch, GpuWeights } from '../../protocol/gpu.ts';
import type { OpenedDevice } from './openDevice.ts';

/** The end of the wire that has the GPU. */
export interface GpuServePort {
  post(message: GpuMessage): void;
  onMessage(listener: (request: GpuRequest) => void): void;
}

/** What the platform gives. */
export interface GpuHost {
  /** A device, or the reason why there is none. */
  readonly open: (open: GpuOpen) => Promise<OpenedDevice | GpuText>;
  /** [rows][inputs], as in the file. @throws Failure `file/*` */
  readonly weightsOf: (search: GpuSearch, weights: GpuWeights) => Uint8Array;
  /** Nothing is asked any more, for now. */
  readonly onIdle?: () => void;
}

/**
 * Answers every question. Questions are served side by side: weights of one are read while the device is busy with those of
 * another. How many wait is for the asker to bound.
 */
export function serveGpu(port: GpuServePort, host: GpuHost): void {
  const server = new GpuServer(host);
  let waiting = 0;
  port.onMessage(async (request) => {
    waiting++;
    port.post(await server.answer(request));
    if (--waiting === 0) host.onIdle?.();
  });
}

class GpuServer {
  readonly #host: GpuHost;
  #opened: OpenedDevice | null = null;
  #lost: string | null = null;

  constructor(host: GpuHost) {
    this.#host = host;
  }

  async answer(request: GpuRequest): Promise<GpuMessage> {
    const re = request.id;
    try {
      if ('open' in request) return { re, state: await this.#open(request.open) };
      return { re, found: await this.#search(request.search, request.weights) };
    } catch (error) {
      const why = this.#lost ?? (error instanceof Error ? error.message : String(error));
      if (error instanceof GpuLimitError) return { re, tooLarge: why };
      return { re, why, fatal: this.#lost !== null };
    }
  }

  async #open(open: GpuOpen): Promise<OpenedDevice['state']> {
    const opened = await this.#host.open(open);
    if ('code' in opened) return { available: false, why: opened };
    this.#opened = opened;
    void opened.device.lost.then(({ message, reason }) => {
      this.#lost = `the device was lost: ${message || reason}`;
    });
    return opened.state;
  }

  async #search(search: GpuSearch, weights: GpuWeights): Promise<GpuFound> {
    const kernel = searchKernelOf(search.quantizer);
    if (kernel === null || this.#opened === null) throw new Error('nothing to search, or no device');
    if (this.#lost !== null) throw new Error(this.#lost);
    const bytes = this.#host.weightsOf(search, weights);
    try {
      return await this.#opened.searches.search({ kernel, ...search, bytes });
    } catch (error) {
      // A device that goes says so by its promise, which may be told after what it was doing has failed.
      await Promise.race([this.#opened.device.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
      throw error;
    }
  }
}
