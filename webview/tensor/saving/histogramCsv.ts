import { binEdge } from '../../../src/core/stats/histogram.ts';
import { csvRow } from '../../../src/core/text/plainNumber.ts';
import type { Distribution } from '../distribution/distribution.ts';

/**
 * The shown bins as CSV (RFC 4180, plain C numbers, unrounded): `bin_low,bin_high,original,dequantized`. Counts of F32
 * are estimates and may be fractions; without a quantizer the last column is empty.
 */
export function histogramCsv({ original, decoded }: Distribution): string {
  const { low, high, counts } = original;
  const bins = counts.length;
  const hasSameBins = decoded?.counts.length === bins && decoded.low === low && decoded.high === high;
  const rows = Array.from({ length: bins }, (_, bin) =>
    csvRow([
      binEdge(low, high, bins, bin),
      binEdge(low, high, bins, bin + 1),
      counts[bin] ?? 0,
      hasSameBins ? (decoded.counts[bin] ?? 0) : null,
    ]),
  );
  return `${['bin_low,bin_high,original,dequantized', ...rows].join('\r\n')}\r\n`;
}
