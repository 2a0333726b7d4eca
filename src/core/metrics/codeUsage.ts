/** How well the codes of a grid are used. */
export interface CodeUsage {
  /** Codes that at least one weight has. */
  readonly used: number;
  /** Codes there are: 2^bits, also of a grid that leaves one out. */
  readonly available: number;
  /** -Σ p·log2 p over the codes, in bits: what an ideal entropy coder would need per weight. */
  readonly entropyBits: number;
}

/** From the weights per code, of up to 2^bits and more than half of them; entropy is 0 without weights. */
export function codeUsageOf(counts: ArrayLike<number>): CodeUsage {
  let total = 0;
  for (let code = 0; code < counts.length; code++) total += counts[code]!;
  let used = 0;
  let entropyBits = 0;
  for (let code = 0; code < counts.length; code++) {
    const share = counts[code]! / total;
    if (!(share > 0)) continue;
    used++;
    entropyBits -= share * Math.log2(share);
  }
  return { used, available: 2 ** Math.ceil(Math.log2(Math.max(1, counts.length))), entropyBits };
}
