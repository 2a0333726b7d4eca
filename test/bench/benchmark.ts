/** One measured figure. */
export interface BenchRow {
  /** What ran, such as "scan GPT-2 XL BF16". */
  readonly name: string;
  /** Who ran it: `loupe`, `plain loops`, `numpy`, `reading alone`. */
  readonly peer: string;
  readonly threads: number;
  /** Input bytes that were processed; absent where the time itself is the figure. */
  readonly inputBytes?: number;
  readonly seconds: number;
  /** Peak resident memory of the process that did the work, where it was measured. */
  readonly peakBytes?: number;
  /** Why there is no figure, such as "python3 has no numpy"; then `seconds` is 0. */
  readonly skipped?: string;
}

export interface BenchOptions {
  /** Small inputs and few rounds: shows that everything runs, not how fast it is. */
  readonly isQuick: boolean;
  /** What was generated stays in the folder. */
  readonly keep: boolean;
  /** An empty folder for what the benchmark generates; removed afterwards unless kept. */
  readonly folder: string;
}

/** What a file `test/bench/NAME.bench.ts` exports as `benchmark`. */
export interface Benchmark {
  readonly title: string;
  run(options: BenchOptions): Promise<BenchRow[]>;
}
