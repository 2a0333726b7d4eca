import { type ChildProcess, fork } from 'node:child_process';
import type { GpuAsk, GpuFound, GpuMessage, GpuOpen, GpuRequest, GpuState } from '../../protocol/gpu.ts';

/** No answer for so long is a hang. Shaders are compiled with the first question. */
const PATIENCE_MS = 10_000;
const OPEN_PATIENCE_MS = 30_000;

interface Waiting {
  readonly resolve: (message: GpuMessage) => void;
  readonly reject: (error: Error) => void;
}

/** What went wrong with the process or its device; `isFatal`: it can serve nothing more. */
export class GpuFault extends Error {
  override readonly name = 'GpuFault';
  readonly isFatal: boolean;

  constructor(why: string, isFatal: boolean) {
    super(why);
    this.isFatal = isFatal;
  }
}

/** The GPU process, one question at a time. Every question ends: with its answer or with a GpuFault. */
export class GpuProcess {
  readonly #child: ChildProcess;
  readonly #patienceMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #death: string | null = null;

  constructor(script: string, env: NodeJS.ProcessEnv = process.env, patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
    // The host's flags are not the child's; typed arrays cross as they are. Drivers print what they like.
    this.#child = fork(script, {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env,
    });
    this.#child.on('message', (message) => this.#receive(message as unknown as GpuMessage));
    this.#child.on('error', (error) => this.#die(error.message));
    this.#child.on('exit', (code, signal) => this.#die(`the GPU process ended (${signal ?? code})`));
    this.#letGo();
  }

  /** Of a process that runs. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  async open(open: GpuOpen): Promise<GpuState> {
    const message = await this.#ask((id) => ({ id, open }), OPEN_PATIENCE_MS);
    return 'state' in message ? message.state : { available: false, why: 'why' in message ? message.why : 'no answer' };
  }

  /** @throws GpuFault */
  async search(search: GpuAsk): Promise<GpuFound> {
    const message = await this.#ask((id) => ({ id, search }), this.#patienceMs);
    if ('found' in message) return message.found;
    throw new GpuFault('why' in message ? message.why : 'no answer', 'fatal' in message && message.fatal);
  }

  end(): void {
    this.#death ??= 'it was ended';
    this.#child.kill('SIGKILL');
  }

  async #ask(make: (id: number) => GpuRequest, patienceMs: number): Promise<GpuMessage> {
    if (this.#death !== null) throw new GpuFault(this.#death, true);
    const id = ++this.#lastId;
    this.#child.ref();
    this.#child.channel?.ref();
    let timer: ReturnType<typeof setTimeout> | null = null;
    try {
      return await new Promise<GpuMessage>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          reject(new GpuFault(`no answer in ${patienceMs / 1000} s`, true));
          this.end();
        }, patienceMs);
        this.#child.send(make(id));
      });
    } finally {
      if (timer !== null) clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#letGo();
    }
  }

  /** An idle process does not keep ours alive. */
  #letGo(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #receive(message: GpuMessage): void {
    this.#waiting.get(message.re)?.resolve(message);
  }

  #die(why: string): void {
    this.#death ??= why;
    for (const { reject } of this.#waiting.values()) reject(new GpuFault(why, true));
  }
}
