import { describe, expect, it } from 'vitest';
import { RunMean } from '../../../src/core/numbers/runMean.ts';
import { NESTED_BLOCK, NESTED_MAP, nestScales, unnestScales } from '../../../src/core/quantizers/nestedScales.ts';

function decoded(scales: Float32Array, offset: number): Float32Array {
  const target = new Float32Array(scales.length);
  unnestScales(nestScales(scales, offset), NESTED_MAP, NESTED_BLOCK, offset, target);
  return target;
}

describe('the dynamic map', () => {
  it('has 0 and 1, and both signs of everything else, ascending', () => {
    expect(NESTED_MAP).toHaveLength(256);
    expect([...NESTED_MAP]).toEqual([...NESTED_MAP].sort((a, b) => a - b));
    expect([NESTED_MAP[127], NESTED_MAP[255]]).toEqual([0, 1]);
    for (let i = 0; i < 127; i++) expect(NESTED_MAP[i]).toBe(-NESTED_MAP[254 - i]!);
    // formats of bitsandbytes: the middles of the cells of each decade
    expect(NESTED_MAP[254]).toBeCloseTo(0.1 + (0.9 * 63.5) / 64, 6);
    expect(NESTED_MAP[128]).toBeCloseTo(5.5e-7, 12);
  });
});

describe('block scales quantized in turn', () => {
  it('give the codes and values of the worked example', () => {
    const scales = Float32Array.of(1, 0.5, 0.75, 0.625);
    const nested = nestScales(scales, 0.71875);
    expect([...nested.codes]).toEqual([255, 15, 191, 47]);
    expect([...nested.scales]).toEqual([0.28125]);
    const expected = [1.0, 0.49880373, 0.74885255, 0.6253662];
    decoded(scales, 0.71875).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 7);
    });
  });

  it('of one value are that value, and never NaN', () => {
    for (const value of [0, 1e-45, 1e-39, 2.5, 1e38]) {
      const scales = new Float32Array(300).fill(value);
      expect(decoded(scales, Math.fround(value))).toEqual(scales);
    }
  });

  it('of denormals are those of the library, which has no least divisor here', () => {
    // bitsandbytes 0.50.2 on a CPU: quantize_blockwise of these values, blocksize 256
    const scales = Float32Array.of(9.808949e-40, 9.883868e-39, -6.8847e-39, -3.980063e-39);
    expect([...nestScales(scales, 0).codes]).toEqual([190, 255, 21, 42]);
    // 1/1e-39 is infinite: NaN for a 0 in the library, which writes code 0 for it
    expect([...nestScales(Float32Array.of(1e-39, 0, -5e-40, 2e-40), 0).codes]).toEqual([255, 127, 0, 255]);
  });

  it('share a scale in blocks of 256, from any block on', () => {
    const scales = Float32Array.from({ length: 600 }, (_, i) => 1 + Math.sin(i));
    const nested = nestScales(scales, 1);
    expect(nested.scales).toHaveLength(3);
    const whole = decoded(scales, 1);
    const part = new Float32Array(100);
    const codes = nested.codes.subarray(230, 330);
    unnestScales({ codes, scales: nested.scales }, NESTED_MAP, NESTED_BLOCK, 1, part, 230);
    expect(part).toEqual(whole.subarray(230, 330));
  });
});

describe('a mean', () => {
  it('is summed in lanes over runs, whatever the parts in which its values come', () => {
    const values = Float32Array.from({ length: 9001 }, (_, i) => Math.sin(i) * 10 ** (i % 7));
    const whole = new RunMean();
    whole.add(values);
    const inParts = new RunMean();
    for (let i = 0; i < values.length; i += 137) inParts.add(values.subarray(i, i + 137));
    let total = 0;
    for (let start = 0; start < values.length; start += 4096) {
      const lanes = [0, 0, 0, 0];
      values.subarray(start, start + 4096).forEach((value, i) => {
        lanes[i % 4]! += value;
      });
      total += lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
    }
    const expected = total / values.length;
    expect(whole.mean).toBe(expected);
    expect(inParts.mean).toBe(expected);
    expect(new RunMean().mean).toBe(0);
  });
});
