import { gpuScript } from '../pool/workerScript.ts';
import { ChannelRoad } from './channelRoad.ts';
import type { GpuRoad } from './gpuRoad.ts';
import { startGpuProcess } from './processPort.ts';
import { findWebgpuPackage } from './webgpuPackage.ts';

export interface ProcessRoadOptions {
  /** Path or name of the WebGPU package; null: `webgpu`. */
  readonly module: string | null;
  /** Path of the bundled GPU process; default: that beside the running bundle. */
  readonly script?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds without an answer that are a hang. */
  readonly patienceMs?: number;
  /** Told the id of each process that is started. */
  readonly onStart?: (pid: number) => void;
}

/** The road by a process of its own, which reads the files by itself: weights cross no border, and a crash of the driver is survived. */
export function processRoad({ module, script, env, patienceMs, onStart }: ProcessRoadOptions): GpuRoad {
  let found: ReturnType<typeof findWebgpuPackage> | null = null;
  return new ChannelRoad({
    name: 'process',
    connect: () => {
      found ??= findWebgpuPackage(module);
      if ('code' in found) return found;
      const port = startGpuProcess(script ?? gpuScript(), env);
      onStart?.(port.pid);
      return { port, module: found.path };
    },
    weightsOf: async ({ stored, view, firstRow }) => ({ lie: { stored, view, firstRow } }),
    patienceMs,
  });
}
