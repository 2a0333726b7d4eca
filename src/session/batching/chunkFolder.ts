import type { Chunk } from './batches.ts';

interface Pending<Result, Total> {
  total: Total;
  /** Index of the chunk whose result is folded next. */
  next: number;
  /** Results that came before their turn: at most as many as calls are in flight. */
  readonly early: Map<number, Result>;
}

/**
 * Folds the results of a tensor's chunks in the tensor's order, whatever the order of their arrival: doubles do not
 * commute, and figures must not depend on which worker was faster.
 */
export class ChunkFolder<Result, Total> {
  readonly #start: (chunk: Chunk) => Total;
  readonly #fold: (total: Total, result: Result, chunk: Chunk) => Total;
  readonly #pending = new Map<string, Pending<Result, Total>>();

  constructor(start: (chunk: Chunk) => Total, fold: (total: Total, result: Result, chunk: Chunk) => Total) {
    this.#start = start;
    this.#fold = fold;
  }

  /** The total of the whole tensor once this was its last result, else null. */
  add(chunk: Chunk, result: Result): Total | null {
    const { name } = chunk.tensor;
    let pending = this.#pending.get(name);
    if (pending === undefined) {
      pending = { total: this.#start(chunk), next: 0, early: new Map() };
      this.#pending.set(name, pending);
    }
    // A chunk that was read twice (its tensor was given up and wanted again) counts once.
    if (chunk.index >= pending.next) pending.early.set(chunk.index, result);
    for (let next = pending.early.get(pending.next); next !== undefined; next = pending.early.get(pending.next)) {
      pending.early.delete(pending.next);
      pending.total = this.#fold(pending.total, next, chunk);
      pending.next += 1;
    }
    if (pending.next < chunk.count) return null;
    this.#pending.delete(name);
    return pending.total;
  }

  /** Drops what arrived of a tensor. */
  forget(name: string): void {
    this.#pending.delete(name);
  }
}
