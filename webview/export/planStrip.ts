import { MISSING } from '../../src/core/text/figureText.ts';
import { Disposables } from '../disposables.ts';
import { h, setText } from '../elements/dom.ts';
import { linkButton } from '../elements/linkButton.ts';
import { fig, splitUnit } from '../figures.ts';
import { createTotal } from '../quantizer/totals.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import type { ExportState } from './exportState.ts';

/** The plan in one line: what it is, how many tensors it quantizes, and its size and error as the format stores it. */
export function createPlanStrip(store: Store, state: ExportState): { element: HTMLElement; dispose: () => void } {
  const owned = new Disposables();
  const words = h('span', { class: 'plan-words' });
  const edit = linkButton(t('export.edit'), () => store.choose({ page: 'model' }), t('export.editLabel'));
  const quantized = createTotal(t('export.quantized'));
  const size = createTotal(t('totals.fileSize'));
  const bits = createTotal(t('totals.bits'));
  const sqnr = createTotal(t('export.sqnrAsStored'));
  const element = h(
    'section',
    { class: 'bar plan-strip', attributes: { 'aria-label': t('export.plan') } },
    h(
      'div',
      { class: 'plan' },
      h('span', { class: 'field-label', text: t('export.plan') }),
      h('div', { class: 'plan-line' }, words, edit),
    ),
    h('dl', { class: 'totals' }, quantized.element, size.element, bits.element, sqnr.element),
  );
  owned.add(
    state.cards.follow((cards) => {
      setText(words, cards?.plan.words ?? MISSING);
      quantized.set(
        fig.count(cards?.plan.quantized ?? null),
        '',
        cards ? t('export.kept', { count: fig.count(cards.plan.kept) }) : '',
      );
    }),
    store.measure.view.follow(({ sizes, totals }) => {
      const original = store.model.storedBytes;
      const [value, unit] = splitUnit(fig.bytes(sizes?.storedBytes ?? null));
      size.set(value, unit, sizes ? fig.change(original, sizes.storedBytes) : '');
      bits.set(
        fig.bits(sizes?.quantizedBitsPerWeight ?? null),
        '',
        sizes ? t('totals.all', { value: fig.bits(sizes.allBitsPerWeight) }) : '',
      );
      if (!totals) sqnr.set(MISSING, '', '');
      else
        sqnr.set(
          fig.decibels(totals.quantized),
          totals.quantized.exact ? '' : 'dB',
          t('totals.all', { value: fig.decibels(totals.all) }),
        );
    }),
  );
  return { element, dispose: owned.dispose };
}
