import type { GpuPort } from './gpuPort.ts';
import type { GpuRoad } from './gpuRoad.ts';
import { lentRoad } from './lentRoad.ts';
import { processRoad } from './processRoad.ts';

export interface HostRoadsOptions {
  /** Path or name of the WebGPU package; null: `webgpu`. */
  readonly module: string | null;
  /** A new port to a page that is open now; null: none is. Absent: the host has no pages. */
  readonly connectPage?: (() => GpuPort | null) | undefined;
}

/** The roads of Node: a process, then a page. */
export function hostRoads({ module, connectPage }: HostRoadsOptions): readonly GpuRoad[] {
  const byProcess = processRoad({ module });
  return connectPage === undefined ? [byProcess] : [byProcess, lentRoad('page', connectPage)];
}
