import { FigureText } from '../src/core/text/figureText.ts';
import { t } from './strings.ts';

/** Figures as text in the display language; a live binding, set before anything is drawn. */
export let fig = new FigureText('en');

/** Takes the display language (`PageSettings.locale`); after `useStrings`, whose words it uses. An unknown tag reads as English. */
export function useLocale(tag: string): void {
  const [known] = Intl.getCanonicalLocales(isTag(tag) ? tag : 'en');
  fig = new FigureText(known ?? 'en', { exact: t('totals.exact') });
}

function isTag(tag: string): boolean {
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag);
}

/** A figure and its unit apart: `139.6` and `MB`. */
export function splitUnit(text: string): readonly [value: string, unit: string] {
  const [value = '', unit = ''] = text.split('\u00a0');
  return [value, unit];
}
