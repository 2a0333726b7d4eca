import { encodeBF16 } from '../../src/core/numbers/bfloat16.ts';
import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import { resolveQuantizer } from '../../src/core/quantizers/resolveQuantizer.ts';
import { tableFromCounts } from '../../src/core/stats/buildTable.ts';
import { instantFigures } from '../../src/core/stats/instantFigures.ts';
import type { ValueTable } from '../../src/core/stats/summary.ts';
import { normalWeights } from '../core/stats/support/samples.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';

const SEARCHED: readonly QuantizerSpec[] = [
  { id: 'absmax', bits: 8, unit: 'tensor', clip: 'absolute:0.05' },
  { id: 'zero-point', bits: 8, unit: 'tensor', clip: 'percentile:99.9' },
  { id: 'absmax', bits: 4, unit: 'tensor', clip: 'mse' },
  { id: 'absmax', bits: 8, unit: 'tensor', clip: 'mse' },
  { id: 'absmax', bits: 8, unit: 'tensor', clip: 'kl' },
  { id: 'lloyd-max', bits: 4 },
  { id: 'lloyd-max', bits: 8 },
  { id: 'optimal', bits: 8 },
  { id: 'fixed-point', bits: 8, fraction: 'mse' },
];

/** BF16 weights whose octaves are spread so widely that some 20,000 values occur, and normal ones. */
function tables(elements: number): readonly ValueTable[] {
  const normal = normalWeights(elements, 1, 1);
  const octaves = normalWeights(elements, 12, 2);
  return [0, 1].map((spread) => {
    const counts = new Float64Array(65536);
    normal.forEach((value, i) => {
      counts[encodeBF16(Math.fround(0.02 * value * 2 ** (spread * octaves[i]!)))]! += 1;
    });
    return tableFromCounts('BF16', counts);
  });
}

export const benchmark: Benchmark = {
  title: 'Figures by the value table (a clip in 16 ms; mse, KL, Lloyd-Max in 50 ms; 256 optimal levels in 1 s)',
  async run({ isQuick }) {
    const rows: BenchRow[] = [];
    for (const table of tables(isQuick ? 200_000 : 4_000_000)) {
      for (const spec of SEARCHED) {
        const quantizer = resolveQuantizer(spec);
        const words = [spec.id, spec.bits, spec.clip ?? spec.fraction ?? ''].join(' ').trim();
        const each = Array.from({ length: isQuick ? 3 : 15 }, () => {
          // Of a table that it knows it would remember what it found.
          const unknown = { ...table };
          const start = performance.now();
          instantFigures(unknown, quantizer);
          return (performance.now() - start) / 1000;
        });
        const name = `${words}, ${table.patterns.length} distinct values`;
        rows.push({ name, peer: 'loupe', threads: 1, seconds: Math.min(...each) });
      }
    }
    return rows;
  },
};
