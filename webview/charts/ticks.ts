/** Round values inside [low, high], `step` of 1, 2 or 5 times a power of ten, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  if (!(high > low) || count < 1) return [];
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks: number[] = [];
  for (let at = first; at <= last; at += 1) ticks.push(at === 0 ? 0 : at * step);
  return ticks;
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

/** Decimals that tell the ticks of `linearTicks` apart. */
export function tickDecimals(ticks: readonly number[]): number {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return 0;
  return Math.min(12, Math.max(0, -Math.floor(Math.log10(second - first) + 1e-9)));
}

/** Powers of ten from 1 up to `high`, thinned to at most `count`. */
export function logTicks(high: number, count: number): number[] {
  const top = Math.floor(Math.log10(Math.max(1, high)));
  const step = Math.max(1, Math.ceil((top + 1) / count));
  const ticks: number[] = [];
  for (let power = 0; power <= top; power += step) ticks.push(10 ** power);
  return ticks;
}
