/** Which input columns LLM.int8 keeps apart in F16: those that hold a weight of at least this magnitude. */
export type OutlierRule =
  /** In standard deviations of the tensor. */
  { readonly kind: 'sigma'; readonly deviations: number } | { readonly kind: 'absolute'; readonly threshold: number };

/** `6sigma` or a magnitude such as `0.5`; null where it is neither. */
export function parseOutliers(text: string): OutlierRule | null {
  const sigma = /^(.+?)\s*(?:sigma|σ)$/.exec(text.trim());
  const value = Number(sigma?.[1] ?? (text.trim() === '' ? 'none' : text));
  if (!(value > 0 && Number.isFinite(value))) return null;
  return sigma === null ? { kind: 'absolute', threshold: value } : { kind: 'sigma', deviations: value };
}

/** The spelling that `parseOutliers` reads. */
export function outliersText(rule: OutlierRule): string {
  return rule.kind === 'sigma' ? `${rule.deviations}sigma` : String(rule.threshold);
}
