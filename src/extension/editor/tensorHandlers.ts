import { isAbort } from '../../core/failure.ts';
import { packedFormatOf } from '../../core/formats/registry.ts';
import { resolveQuantizer } from '../../core/quantizers/resolveQuantizer.ts';
import type { PageCalls } from '../../protocol/page.ts';
import { Disposable } from '../disposable.ts';
import { bufferOf } from './buffers.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';
import { planOf } from './planOf.ts';

/** The open tensor: its table and ranges once, then comparisons and overlays. A new call stops the one before it. */
export class TensorHandlers extends Disposable {
  private readonly context: PageContext;
  private readonly running = new Map<string, AbortController>();

  constructor(context: PageContext) {
    super();
    this.context = context;
    this.register({
      dispose: () => {
        for (const stop of this.running.values()) stop.abort();
      },
    });
  }

  handlers(): SomeHandlers<'tensor/open' | 'tensor/channel-quantiles' | 'tensor/compare' | 'histogram/decoded'> {
    return {
      'tensor/open': (ask) => this.open(ask),
      'tensor/channel-quantiles': (ask) => this.quantiles(ask),
      'tensor/compare': (ask) => this.compare(ask),
      'histogram/decoded': (ask) => this.decodedHistogram(ask),
    };
  }

  private async open({ name }: PageCalls['tensor/open']['ask']): Promise<PageCalls['tensor/open']['answer']> {
    const stop = this.takeTurn('open');
    const { summary, table, channels } = await this.context.checkpoint().session.openTensor(name, { stop });
    return {
      name,
      summary,
      table: table && { kind: table.kind, patterns: bufferOf(table.patterns), counts: bufferOf(table.counts) },
      channels: channels && {
        min: bufferOf(channels.min),
        max: bufferOf(channels.max),
        rms: bufferOf(channels.rms),
      },
    };
  }

  private async quantiles({
    name,
  }: PageCalls['tensor/channel-quantiles']['ask']): Promise<PageCalls['tensor/channel-quantiles']['answer']> {
    const stop = this.takeTurn('quantiles');
    const { low, high } = await this.context.checkpoint().session.channelQuantiles(name, { stop });
    return { low: bufferOf(low), high: bufferOf(high) };
  }

  private async compare({ name, specs, format }: PageCalls['tensor/compare']['ask']): Promise<Record<string, never>> {
    const stop = this.takeTurn('compare');
    const { session } = this.context.checkpoint();
    const container = format === null ? null : packedFormatOf(format);
    const quantizers = specs.map((spec) => resolveQuantizer(spec, container?.defaults(session.model, spec.id) ?? null));
    const rows = session.compare(name, quantizers, {
      format,
      stop,
      onRow: (index, measured) => {
        if (!stop.aborted) this.context.send('compare/row', { name, index, measured });
      },
    });
    await rows.catch((error) => {
      if (!isAbort(error)) throw error;
    });
    return {};
  }

  private async decodedHistogram({
    lane,
    names,
    spec,
    format,
    bins,
    low,
    high,
  }: PageCalls['histogram/decoded']['ask']): Promise<PageCalls['histogram/decoded']['answer']> {
    const stop = this.takeTurn(`decoded ${lane}`);
    const plan = await planOf(this.context, spec, format === null ? null : packedFormatOf(format));
    const { session } = this.context.checkpoint();
    const histogram = await session.decodedHistogram(plan, { names, format, bins, low, high, stop });
    return {
      original: bufferOf(histogram.original),
      decoded: bufferOf(histogram.decoded),
      below: histogram.below,
      above: histogram.above,
      measured: histogram.figures,
    };
  }

  private takeTurn(kind: string): AbortSignal {
    this.running.get(kind)?.abort();
    const stop = new AbortController();
    this.running.set(kind, stop);
    return stop.signal;
  }
}
