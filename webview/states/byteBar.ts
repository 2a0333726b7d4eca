import type { FailureArgs } from '../../src/core/failure.ts';
import { h } from '../elements/dom.ts';
import { fig } from '../figures.ts';
import { t } from '../strings.ts';

/** The bytes that are there and, hatched, those that are missing. @returns null where the failure does not say how many */
export function createByteBar({ fileBytes, expectedBytes }: FailureArgs): HTMLElement | null {
  if (typeof fileBytes !== 'number' || typeof expectedBytes !== 'number' || expectedBytes <= fileBytes) return null;
  const present = h('span', { class: 'bytes-present', vars: { '--share': String(fileBytes / expectedBytes) } });
  const missing = h('span', { class: 'bytes-missing' });
  return h(
    'div',
    { class: 'bytes' },
    h('div', { class: 'bytes-bar', attributes: { 'aria-hidden': true } }, present, missing),
    h(
      'div',
      { class: 'bytes-figures small' },
      h('span', { text: t('failed.fileEnds', { bytes: fig.count(fileBytes) }) }),
      h('span', { class: 'muted', text: fig.count(expectedBytes) }),
    ),
  );
}
