import { fork } from 'node:child_process';
import type { GpuMessage } from '../../protocol/gpu.ts';
import type { GpuPort } from './gpuPort.ts';

/** Starts the GPU process. */
export function startGpuProcess(
  script: string,
  env: NodeJS.ProcessEnv = process.env,
): GpuPort & { readonly pid: number } {
  // The host's flags are not the child's; typed arrays cross as they are. Drivers print what they like.
  const child = fork(script, {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env,
  });
  let isEnded = false;
  return {
    pid: child.pid ?? 0,
    // A child that has just died takes no message: its end is told by `exit`.
    post: (request) => void child.send(request, () => {}),
    onMessage: (handler) => void child.on('message', (message) => handler(message as unknown as GpuMessage)),
    onDeath: (handler) => {
      child.on('error', ({ message }) => handler(message, isEnded));
      child.on('exit', (code, signal) => handler(`the GPU process ended (${signal ?? code})`, isEnded));
    },
    setBusy: (busy) => {
      if (busy) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
    end: () => {
      isEnded = true;
      child.kill('SIGKILL');
    },
  };
}
