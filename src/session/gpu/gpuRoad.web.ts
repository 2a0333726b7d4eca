import type { GpuFound, GpuState } from '../../protocol/gpu.ts';
import type { GpuRoadOptions } from './gpuRoad.ts';

/** A browser starts no process: the workers search. */
export class GpuRoad {
  readonly used = null;
  readonly pid = undefined;

  // biome-ignore lint/complexity/noUselessConstructor: the parameters are those of the twin
  constructor(_options: GpuRoadOptions) {}

  async probe(): Promise<GpuState> {
    return { available: false, why: 'no plain Node' };
  }

  async search(): Promise<GpuFound | null> {
    return null;
  }

  countRefused(_slices: number): void {}

  end(): void {}
}
