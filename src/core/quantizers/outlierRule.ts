/** Which input columns LLM.int8 keeps apart in F16: those that hold a weight of at least this magnitude. */
export type OutlierThreshold =
  /** In standard deviations of the tensor. */
  { readonly kind: 'sigma'; readonly deviations: number } | { readonly kind: 'absolute'; readonly threshold: number };

/** The threshold, or, once a tensor has been searched, the columns (ascending) that it found there. */
export type OutlierRule =
  | OutlierThreshold
  | { readonly kind: 'columns'; readonly columns: readonly number[]; readonly by: OutlierThreshold };

/** `6sigma` or a magnitude such as `0.5`; null where it is neither. */
export function parseOutliers(text: string): OutlierThreshold | null {
  const sigma = /^(.+?)\s*(?:sigma|σ)$/.exec(text.trim());
  const value = Number(sigma?.[1] ?? (text.trim() === '' ? 'none' : text));
  if (!(value > 0 && Number.isFinite(value))) return null;
  return sigma === null ? { kind: 'absolute', threshold: value } : { kind: 'sigma', deviations: value };
}

/** The spelling that `parseOutliers` reads: of columns the threshold by which they were found. */
export function outliersText(rule: OutlierRule): string {
  if (rule.kind === 'columns') return outliersText(rule.by);
  return rule.kind === 'sigma' ? `${rule.deviations}sigma` : String(rule.threshold);
}
