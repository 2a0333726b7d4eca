import { isAbort } from '../../core/failure.ts';
import { packedFormatOf } from '../../core/formats/registry.ts';
import { recipeFromFlags } from '../../core/recipes/recipeFromFlags.ts';
import { resolvePlan } from '../../core/recipes/resolvePlan.ts';
import type { PageCalls } from '../../protocol/page.ts';
import { Disposable } from '../disposable.ts';
import type { PageContext, SomeHandlers } from './pageContext.ts';

type Ask = PageCalls['model/compare']['ask'];
type Answer = PageCalls['model/compare']['answer'];

/** One quantizer over the whole model, for the comparison of many: the page asks for one after the other. */
export class CompareHandlers extends Disposable {
  private readonly context: PageContext;
  private running: AbortController | null = null;

  constructor(context: PageContext) {
    super();
    this.context = context;
    this.register({ dispose: () => this.cancel() });
  }

  handlers(): SomeHandlers<'model/compare' | 'model/compare-cancel'> {
    return {
      'model/compare': (ask) => this.compare(ask),
      'model/compare-cancel': async () => {
        this.cancel();
        return {};
      },
    };
  }

  private cancel(): void {
    this.running?.abort();
    this.running = null;
  }

  private async compare({ spec, format }: Ask): Promise<Answer> {
    this.cancel();
    const stop = new AbortController();
    this.running = stop;
    const { session } = this.context.checkpoint();
    // The linear weights for every quantizer, also where a plan of it would take more (casts): only the same weights compare.
    const recipe = recipeFromFlags({ spec, kinds: ['linear'] });
    const plan = resolvePlan(session.model, recipe, packedFormatOf(format));
    const names = plan.decisions.filter(({ quantizer }) => quantizer !== null).map(({ tensor }) => tensor);
    try {
      const { totals } = await session.measure(plan, {
        format,
        names,
        sums: 'full',
        nonFinite: 'clamp',
        stop: stop.signal,
        onProgress: ({ doneTensors, totalTensors }) => {
          if (stop.signal.aborted) return;
          this.context.send('model/compare-progress', { done: doneTensors, total: totalTensors });
        },
      });
      return { totals };
    } catch (error) {
      if (isAbort(error)) return { totals: null };
      throw error;
    }
  }
}
