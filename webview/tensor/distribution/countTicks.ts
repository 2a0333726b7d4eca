import { linearTicks, logTicks } from '../../charts/ticks.ts';
import { fig } from '../../figures.ts';

/** Ticks of the count axis, without a zero that the value axis shows already. */
export function countTicks(top: number, isLog: boolean, most: number): number[] {
  if (isLog) return logTicks(top, Math.max(2, most));
  return linearTicks(0, top, Math.max(2, most)).filter((tick) => tick > 0);
}

const UNITS = [
  { symbol: 'G', value: 1e9 },
  { symbol: 'M', value: 1e6 },
  { symbol: 'k', value: 1e3 },
] as const;

/** `1`, `10k`, `2.5M`: as short as an axis needs. */
export function countTickText(count: number): string {
  const unit = UNITS.find(({ value }) => count >= value);
  return unit ? `${fig.value(count / unit.value, 3)}${unit.symbol}` : fig.value(count, 3);
}
