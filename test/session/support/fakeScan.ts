import type { ScanItem, ScanResult } from '../../../src/protocol/worker.ts';

/** What a scan of ones would find: enough to follow a tensor through the session. */
export function fakeScan({ items }: { readonly items: readonly ScanItem[] }): { results: ScanResult[] } {
  return { results: items.map(scanOfOnes) };
}

function scanOfOnes({ item, source, rows, channels, sample }: ScanItem): ScanResult {
  const elements = sample ?? (rows.end - rows.start) * source.view.inputs;
  const ones = (): Float32Array => new Float32Array(rows.end - rows.start).fill(1);
  return {
    item,
    table: { kind: 'BF16', patterns: Uint16Array.of(0x3f80), counts: Float64Array.of(elements) },
    moments: null,
    channels: channels ? { min: ones(), max: ones(), rms: ones() } : null,
    elements,
  };
}
