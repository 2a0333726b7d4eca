import { RUN_ELEMENTS } from '../metrics/runRecord.ts';

const LANES = 4;

/** A mean in double in the order of every sum that yields parameters: runs of 4,096, element i in lane i mod 4, lanes folded (0+1)+(2+3). */
export class RunMean {
  readonly #lanes = new Float64Array(LANES);
  #total = 0;
  #count = 0;

  add(values: Float32Array): void {
    for (const value of values) {
      this.#lanes[this.#count % LANES]! += value;
      this.#count++;
      if (this.#count % RUN_ELEMENTS === 0) this.#closeRun();
    }
  }

  /** 0 of nothing; no more is added after it. */
  get mean(): number {
    this.#closeRun();
    return this.#count === 0 ? 0 : this.#total / this.#count;
  }

  #closeRun(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    this.#total += a + b + (c + d);
    this.#lanes.fill(0);
  }
}
