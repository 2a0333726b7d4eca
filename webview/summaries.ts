import type { TensorSummary } from '../src/core/stats/summary.ts';
import type { Dispose } from './cell.ts';

/** Scan results by tensor name, growing while a scan runs. */
export interface Summaries {
  get(name: string): TensorSummary | undefined;
  readonly size: number;
  add(batch: readonly TensorSummary[]): void;
  /** Called with the names of each batch. */
  subscribe(listener: (names: readonly string[]) => void): Dispose;
}

export function createSummaries(): Summaries {
  const byName = new Map<string, TensorSummary>();
  const listeners = new Set<(names: readonly string[]) => void>();
  return {
    get: (name) => byName.get(name),
    get size() {
      return byName.size;
    },
    add(batch) {
      for (const summary of batch) byName.set(summary.name, summary);
      const names = batch.map((summary) => summary.name);
      for (const listener of [...listeners]) listener(names);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
