import { isFailure } from '../../../src/core/failure.ts';
import type { Figures } from '../../../src/core/metrics/figures.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import { type Cell, createCell } from '../../cell.ts';
import type { BinnedCounts } from '../../charts/histogram.ts';
import { quantizerName } from '../../compare/quantizerName.ts';
import { fullSpec } from '../../quantizer/specs.ts';
import type { Store } from '../../store.ts';

/** The axis of the first publication's figure. */
export const STACK_AXIS = { low: -2, high: 2, bins: 150 } as const;

/** One panel of the stack. */
export interface StackPart {
  /** `absmax 8, tensor` */
  readonly name: string;
  readonly original: BinnedCounts;
  readonly decoded: BinnedCounts;
  readonly below: number;
  readonly above: number;
  readonly figures: Figures;
}

export interface Stack {
  readonly status: 'none' | 'reading' | 'ready' | 'failed';
  /** What is being read. */
  readonly name: string;
  readonly parts: readonly StackPart[];
  readonly error: string | null;
}

const NOTHING: Stack = { status: 'none', name: '', parts: [], error: null };

/** Reads the histograms of several quantizers over all tensors that they quantize, one after the other. */
export function createStackReader(store: Store): {
  readonly stack: Cell<Stack>;
  read(specs: readonly QuantizerSpec[]): void;
  dispose(): void;
} {
  const stack = createCell<Stack>(NOTHING);
  /** Counts readings, so that what an earlier one finds is dropped. */
  let attempt = 0;
  const readAll = async (specs: readonly QuantizerSpec[], mine: number): Promise<void> => {
    const parts: StackPart[] = [];
    for (const spec of specs) {
      stack.set({ status: 'reading', name: nameOf(spec), parts, error: null });
      const part = await readPart(store, spec);
      if (mine !== attempt) return;
      parts.push(part);
    }
    stack.set({ status: 'ready', name: '', parts: [...parts], error: null });
  };
  return {
    stack,
    read(specs) {
      attempt += 1;
      const mine = attempt;
      readAll(specs, mine).catch((error: unknown) => {
        if (!isFailure(error)) throw error;
        if (mine === attempt) stack.set({ ...NOTHING, status: 'failed', error: error.message });
      });
    },
    dispose: () => {
      attempt += 1;
    },
  };
}

async function readPart(store: Store, spec: QuantizerSpec): Promise<StackPart> {
  const { format } = store.choices.get();
  const ask = { lane: 'stack', names: null, spec: fullSpec(spec), format, ...STACK_AXIS } as const;
  const { original, decoded, below, above, measured } = await store.host.call('histogram/decoded', ask);
  const { low, high } = STACK_AXIS;
  return {
    name: nameOf(spec),
    original: { low, high, counts: new Float64Array(original) },
    decoded: { low, high, counts: new Float64Array(decoded) },
    below,
    above,
    figures: measured,
  };
}

export function nameOf(spec: QuantizerSpec): string {
  const { name, detail } = quantizerName(spec);
  return `${name}, ${detail}`;
}
