import { isAbort, toFailure } from '../../core/failure.ts';
import { packedFormatOf } from '../../core/formats/registry.ts';
import { modelOfPlan } from '../../core/recipes/modelOfPlan.ts';
import { planSizes } from '../../core/report/planSizes.ts';
import type { PageCalls } from '../../protocol/page.ts';
import { Disposable } from '../disposable.ts';
import { localizeFailure, localizeProblem } from '../localize.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';
import { planOf } from './planOf.ts';

type Ask = PageCalls['measure/start']['ask'];
type Answer = PageCalls['measure/start']['answer'];

/** The what-if of the quantizer bar: sizes at once, figures as they are measured. A new one cancels the one before. */
export class MeasureHandlers extends Disposable {
  private readonly context: PageContext;
  private running: AbortController | null = null;
  private lastMeasure = 0;

  constructor(context: PageContext) {
    super();
    this.context = context;
    this.register({ dispose: () => this.cancel() });
  }

  handlers(): SomeHandlers<'measure/start' | 'measure/cancel'> {
    return {
      'measure/start': (ask) => this.start(ask),
      'measure/cancel': async () => {
        this.cancel();
        return {};
      },
    };
  }

  private cancel(): void {
    this.running?.abort();
    this.running = null;
  }

  private async start({ spec, names, format: formatId, full }: Ask): Promise<Answer> {
    this.cancel();
    const { session } = this.context.checkpoint();
    const format = packedFormatOf(formatId ?? 'loupe');
    const plan = await planOf(this.context, spec, format);
    const sizes = planSizes(session.model, session.settled(plan), format);
    const measure = ++this.lastMeasure;
    const stop = new AbortController();
    this.running = stop;
    const total = plan.decisions.filter(({ quantizer }) => quantizer !== null).length;
    const started = Date.now();
    let done = 0;
    // Runs on after the answer: the page needs the number of the measurement before its figures.
    setTimeout(() => {
      if (stop.signal.aborted) return;
      session
        .measure(plan, {
          format: formatId,
          names,
          sums: full ? 'full' : 'basic',
          nonFinite: 'clamp',
          stop: stop.signal,
          onMeasured: (tensors) => {
            done += tensors.filter(({ quantizer }) => quantizer !== null).length;
            this.context.send('measure/figures', { measure, tensors, done, total });
          },
        })
        .then(({ totals }) =>
          this.context.send('measure/done', { measure, totals, seconds: (Date.now() - started) / 1000 }),
        )
        .catch((error) => {
          if (isAbort(error)) return;
          this.context.send('measure/failed', { measure, failure: localizeFailure(toFailure(error)) });
        });
    }, 0);
    return { measure, ...sizes, problems: format.check(modelOfPlan(session.model, plan), plan).map(localizeProblem) };
  }
}
