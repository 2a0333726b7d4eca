/** Minimum, maximum and Σx² of the finite elements of each row. Twin: ref/rowRanges.ts, which holds the order of the sum. */

import { RUN_ELEMENTS } from './runSums';

export function rowRanges(x: usize, rows: u32, inputs: u32, lows: usize, highs: usize, squares: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    let lowest = load<f32>(lows + row * 4);
    let highest = load<f32>(highs + row * 4);
    let energy = load<f64>(squares + row * 8);
    for (let start: u32 = 0; start < inputs; start += RUN_ELEMENTS) {
      const end = min<u32>(start + RUN_ELEMENTS, inputs);
      const lanes = memory.data(32, 16);
      memory.fill(lanes, 0, 32);
      for (let column = start; column < end; column++, x += 4) {
        const value = load<f32>(x) + 0;
        if (!isFinite(value)) continue;
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
        const lane = lanes + (column & 3) * 8;
        store<f64>(lane, load<f64>(lane) + <f64>value * <f64>value);
      }
      energy += load<f64>(lanes) + load<f64>(lanes, 8) + (load<f64>(lanes, 16) + load<f64>(lanes, 24));
    }
    store<f32>(lows + row * 4, lowest);
    store<f32>(highs + row * 4, highest);
    store<f64>(squares + row * 8, energy);
  }
}
