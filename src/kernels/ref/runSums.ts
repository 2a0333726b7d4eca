/**
 * Error sums in double over runs of 4,096 elements of the 2-D view: element i goes to lane i mod 4, lanes are folded
 * (0+1)+(2+3), runs are added in order by whoever reads the records. Twin: wasm/runSums.ts.
 *
 * State (RUN_STATE_BYTES): f64 lanes[6][4] in the order of the RUN_* fields, f64 maximum, f64 clipped, f64 zeroed,
 * f64 elements in the open run, f64 records appended, f64 unused, f64 lanes[4] of the clipped squared error.
 */
import {
  RUN_CLIPPED,
  RUN_CLIPPED_ERROR,
  RUN_DOUBLES,
  RUN_ELEMENTS,
  RUN_MAX_ERROR,
  RUN_ZEROED,
  type RunState,
  type SumsWanted,
} from '../kernels.ts';
import type { RefMemory } from './refMemory.ts';

const LANES = 4;
const SUMS = 6;
const MAXIMUM = SUMS * LANES;
const CLIPPED = MAXIMUM + 1;
const ZEROED = MAXIMUM + 2;
const ELEMENTS = MAXIMUM + 3;
const RECORDS = MAXIMUM + 4;
const CLIPPED_LANES = MAXIMUM + 6;

/** The open run of a RunState; `save` when done adding. */
export class RunSums {
  readonly #memory: RefMemory;
  readonly #runs: RunState;
  readonly #full: boolean;
  readonly #lanes = new Float64Array(SUMS * LANES);
  readonly #clippedLanes = new Float64Array(LANES);
  #maximum: number;
  #clipped: number;
  #zeroed: number;
  #elements: number;
  #records: number;

  constructor(memory: RefMemory, runs: RunState, wanted: SumsWanted) {
    this.#memory = memory;
    this.#runs = runs;
    this.#full = wanted === 'full';
    for (let i = 0; i < SUMS * LANES; i++) this.#lanes[i] = memory.float64(runs.state, i);
    for (let i = 0; i < LANES; i++) this.#clippedLanes[i] = memory.float64(runs.state, CLIPPED_LANES + i);
    this.#maximum = memory.float64(runs.state, MAXIMUM);
    this.#clipped = memory.float64(runs.state, CLIPPED);
    this.#zeroed = memory.float64(runs.state, ZEROED);
    this.#elements = memory.float64(runs.state, ELEMENTS);
    this.#records = memory.float64(runs.state, RECORDS);
  }

  /** Adds one element and its decoded value; `isClipped`: its rounded code lay outside the code range. */
  add(x: number, decoded: number, isClipped: boolean): void {
    const error = x - decoded;
    const magnitude = Math.abs(error);
    this.#addToLane(0, error * error);
    if (magnitude > this.#maximum) this.#maximum = magnitude;
    if (isClipped) {
      this.#clipped++;
      this.#clippedLanes[this.#elements % LANES]! += error * error;
    }
    if (this.#full) {
      this.#addToLane(1, magnitude);
      this.#addToLane(2, -error);
      this.#addToLane(3, x * x);
      this.#addToLane(4, decoded * decoded);
      this.#addToLane(5, x * decoded);
      if (x !== 0 && decoded === 0) this.#zeroed++;
    }
    if (++this.#elements === RUN_ELEMENTS) this.closeRun();
  }

  /** Appends the record of the open run, if it has elements, and opens the next. */
  closeRun(): void {
    if (this.#elements === 0) return;
    const record = this.#runs.records + 8 * RUN_DOUBLES * this.#records;
    for (let sum = 0; sum < SUMS; sum++) this.#memory.setFloat64(record, sum, this.#fold(sum));
    this.#memory.setFloat64(record, RUN_MAX_ERROR, this.#maximum);
    this.#memory.setFloat64(record, RUN_CLIPPED, this.#clipped);
    this.#memory.setFloat64(record, RUN_ZEROED, this.#zeroed);
    this.#memory.setFloat64(record, RUN_CLIPPED_ERROR, folded(this.#clippedLanes));
    this.#lanes.fill(0);
    this.#clippedLanes.fill(0);
    this.#maximum = 0;
    this.#clipped = 0;
    this.#zeroed = 0;
    this.#elements = 0;
    this.#records++;
  }

  /** Writes the open run back to the state. */
  save(): void {
    const { state } = this.#runs;
    this.#lanes.forEach((value, i) => {
      this.#memory.setFloat64(state, i, value);
    });
    this.#clippedLanes.forEach((value, i) => {
      this.#memory.setFloat64(state, CLIPPED_LANES + i, value);
    });
    this.#memory.setFloat64(state, MAXIMUM, this.#maximum);
    this.#memory.setFloat64(state, CLIPPED, this.#clipped);
    this.#memory.setFloat64(state, ZEROED, this.#zeroed);
    this.#memory.setFloat64(state, ELEMENTS, this.#elements);
    this.#memory.setFloat64(state, RECORDS, this.#records);
  }

  get records(): number {
    return this.#records;
  }

  #addToLane(sum: number, value: number): void {
    const lane = sum * LANES + (this.#elements % LANES);
    this.#lanes[lane] = (this.#lanes[lane] as number) + value;
  }

  #fold(sum: number): number {
    return folded(this.#lanes.subarray(sum * LANES, (sum + 1) * LANES));
  }
}

function folded(lanes: Float64Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  return a + b + (c + d);
}

/** Closes the last, shorter run and returns the number of records. */
export function finishRuns(memory: RefMemory, runs: RunState): number {
  const sums = new RunSums(memory, runs, 'full');
  sums.closeRun();
  sums.save();
  return sums.records;
}
