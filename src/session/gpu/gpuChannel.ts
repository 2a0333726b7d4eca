import { gpuText } from '../../core/text/gpuTexts.ts';
import type { GpuFound, GpuMessage, GpuOpen, GpuRequest, GpuSearch, GpuState, GpuWeights } from '../../protocol/gpu.ts';
import { GpuFault } from './gpuFault.ts';
import type { GpuPort } from './gpuPort.ts';

/** No answer for so long is a hang. */
const PATIENCE_MS = 10_000;
/** Drivers are loaded. */
const OPEN_PATIENCE_MS = 30_000;
/** Blocks at the other side: one is searched, one is there, one is on its way. Weights of no more are held. */
const MOST_ASKED = 3;

interface Waiting {
  readonly resolve: (message: GpuMessage) => void;
  readonly reject: (fault: GpuFault) => void;
}

/** Questions to whoever has a GPU, a few at a time. Every question ends: with its answer or with a GpuFault. */
export class GpuChannel {
  readonly #port: GpuPort;
  readonly #patienceMs: number;
  /** In the order in which they were asked, which is that of the answers. */
  readonly #asked = new Map<number, Waiting>();
  readonly #atTheDoor: (() => void)[] = [];
  #permits = MOST_ASKED;
  #lastId = 0;
  #death: GpuFault | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(port: GpuPort, patienceMs = PATIENCE_MS) {
    this.#port = port;
    this.#patienceMs = patienceMs;
    port.onMessage((message) => this.#receive(message));
    port.onDeath((why, left) => this.#die(new GpuFault(why, left ? 'left' : 'device')));
    port.setBusy(false);
  }

  get isDead(): boolean {
    return this.#death !== null;
  }

  /** True where it died because somebody closed what was at the other end. */
  get wasLeft(): boolean {
    return this.#death?.kind === 'left';
  }

  /** The adapter, or why there is none: a channel that dies on the way says so here. */
  async open(open: GpuOpen): Promise<GpuState> {
    const failed = (why: string): GpuState => ({ available: false, why: gpuText('failed', { why }) });
    try {
      const message = await this.#ask((id) => ({ id, open }), OPEN_PATIENCE_MS);
      return 'state' in message ? message.state : failed('why' in message ? message.why : 'no answer');
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * @param weightsOf asked when it is the block's turn, so that few blocks are held at a time
   * @throws GpuFault; whatever `weightsOf` throws
   */
  async search(search: GpuSearch, weightsOf: () => Promise<GpuWeights>): Promise<GpuFound> {
    await this.#enter();
    try {
      const weights = await weightsOf();
      const message = await this.#ask((id) => ({ id, search, weights }), this.#patienceMs);
      if ('found' in message) return message.found;
      if ('tooLarge' in message) throw new GpuFault(message.tooLarge, 'too-large');
      throw new GpuFault(
        'why' in message ? message.why : 'no answer',
        'fatal' in message && message.fatal ? 'device' : 'block',
      );
    } finally {
      this.#leave();
    }
  }

  end(): void {
    this.#die(new GpuFault('it was ended', 'left'));
    this.#port.end();
  }

  async #enter(): Promise<void> {
    if (this.#permits > 0) this.#permits--;
    else await new Promise<void>((resolve) => this.#atTheDoor.push(resolve));
  }

  #leave(): void {
    const next = this.#atTheDoor.shift();
    if (next === undefined) this.#permits++;
    else next();
  }

  async #ask(make: (id: number) => GpuRequest, patienceMs: number): Promise<GpuMessage> {
    if (this.#death !== null) throw this.#death;
    const id = ++this.#lastId;
    try {
      return await new Promise<GpuMessage>((resolve, reject) => {
        this.#asked.set(id, { resolve, reject });
        if (this.#asked.size === 1) {
          this.#port.setBusy(true);
          this.#expect(patienceMs);
        }
        this.#port.post(make(id));
      });
    } finally {
      this.#asked.delete(id);
      if (this.#asked.size === 0) this.#rest();
    }
  }

  /** The patience is for the oldest question: those behind it wait for it. */
  #expect(patienceMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#die(new GpuFault(`no answer in ${patienceMs / 1000} s`, 'device'));
      this.#port.end();
    }, patienceMs);
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#port.setBusy(false);
  }

  #receive(message: GpuMessage): void {
    const waiting = this.#asked.get(message.re);
    if (waiting === undefined) return;
    this.#asked.delete(message.re);
    waiting.resolve(message);
    if (this.#asked.size > 0) this.#expect(this.#patienceMs);
  }

  #die(fault: GpuFault): void {
    this.#death ??= fault;
    for (const { reject } of [...this.#asked.values()]) reject(fault);
  }
}
