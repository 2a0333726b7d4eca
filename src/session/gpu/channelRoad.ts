import { englishOf, type GpuText } from '../../core/text/gpuTexts.ts';
import type { GpuFound, GpuState, GpuWeights } from '../../protocol/gpu.ts';
import { GpuChannel } from './gpuChannel.ts';
import { GpuFault } from './gpuFault.ts';
import type { GpuPort } from './gpuPort.ts';
import type { GpuBlock, GpuRoad, GpuRoadName } from './gpuRoad.ts';

export interface ChannelRoadOptions {
  readonly name: GpuRoadName;
  /** A new port with what it is to open, or the reason why there is none now. */
  readonly connect: () => { readonly port: GpuPort; readonly module: string | null } | GpuText;
  readonly weightsOf: (block: GpuBlock) => Promise<GpuWeights>;
  /** Milliseconds without an answer that are a hang. */
  readonly patienceMs?: number | undefined;
}

interface Opened {
  readonly channel: GpuChannel;
  readonly state: Promise<GpuState>;
  /** No adapter was found: nothing is left running, and nobody asks again. */
  isRefused: boolean;
}

/** A road by messages. */
export class ChannelRoad implements GpuRoad {
  readonly name: GpuRoadName;
  readonly #options: ChannelRoadOptions;
  #opened: Opened | null = null;

  constructor(options: ChannelRoadOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async probe(): Promise<GpuState> {
    const opened = this.#open();
    if ('code' in opened) return { available: false, why: opened };
    return opened.state;
  }

  async search(block: GpuBlock): Promise<GpuFound> {
    const opened = this.#open();
    if ('code' in opened) throw new GpuFault(englishOf(opened), 'left');
    const state = await opened.state;
    if (!state.available) throw new GpuFault(englishOf(state.why), 'device');
    return opened.channel.search(block.search, () => this.#options.weightsOf(block));
  }

  end(): void {
    this.#opened?.channel.end();
    this.#opened = null;
  }

  /** What is open; a channel that died is made anew, one that found no adapter is not. */
  #open(): Opened | GpuText {
    if (this.#opened !== null && (this.#opened.isRefused || !this.#opened.channel.isDead)) return this.#opened;
    const connected = this.#options.connect();
    if ('code' in connected) return connected;
    this.#opened = this.#openChannel(connected);
    return this.#opened;
  }

  #openChannel({ port, module }: { readonly port: GpuPort; readonly module: string | null }): Opened {
    const channel = new GpuChannel(port, this.#options.patienceMs);
    const state = channel.open({ module });
    const opened: Opened = { channel, state, isRefused: false };
    void state.then(({ available }) => {
      if (available || channel.wasLeft) return;
      opened.isRefused = true;
      channel.end();
    });
    return opened;
  }
}
