import { MISSING } from '../../../src/core/text/figureText.ts';
import { h } from '../../elements/dom.ts';
import { fig, splitUnit } from '../../figures.ts';
import { outlierColumnsText } from '../../quantizer/outlierColumns.ts';
import { createTotal } from '../../quantizer/totals.ts';
import type { Store } from '../../store.ts';
import { t } from '../../strings.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { WhatIf } from '../subject/whatIfView.ts';

/** Size, bits, SQNR and clipped weights of the open tensor under the quantizer of the bar. */
export function createTensorTotals(store: Store): {
  readonly element: HTMLElement;
  draw(open: OpenTensor, whatIf: WhatIf): void;
} {
  const size = createTotal(t('tensor.size'));
  const bits = createTotal(t('totals.bits'));
  const sqnr = createTotal(t('totals.sqnr'));
  const clipped = createTotal(t('tensor.clipped'));
  const errors = [sqnr.element, clipped.element];
  return {
    element: h('dl', { class: 'totals' }, size.element, bits.element, ...errors),
    draw({ row }, whatIf) {
      const stored = whatIf.size ?? (row && { bytes: row.storedBytes, bitsPerWeight: row.bitsPerWeight });
      const [value, unit] = stored ? splitUnit(fig.bytes(stored.bytes)) : [MISSING, ''];
      const before = row?.storedBytes ?? 0;
      const change = stored && whatIf.size ? fig.change(before, stored.bytes) : '';
      const title = stored
        ? t('totals.exactBytes', { bytes: fig.count(stored.bytes), original: fig.count(before) })
        : '';
      size.set(value, unit, change, title);
      const { figures, fresh } = store.measure.view.get();
      const measured = row && fresh.has(row.name) ? figures.get(row.name) : undefined;
      bits.set(fig.bits(stored?.bitsPerWeight ?? null), '', outlierColumnsText(measured ? [measured] : []));
      drawFigures(sqnr, clipped, whatIf);
      for (const element of errors) element.classList.toggle('old', whatIf.isOld);
    },
  };
}

type Total = ReturnType<typeof createTotal>;

function drawFigures(sqnr: Total, clipped: Total, { figures, isEstimate, boundDb }: WhatIf): void {
  const marked = (text: string): string => (isEstimate ? fig.estimated(text) : text);
  const isNumber = figures !== null && !figures.exact && figures.sqnrDb !== null;
  sqnr.set(
    figures ? marked(fig.decibels(figures)) : MISSING,
    isNumber ? 'dB' : '',
    ...boundText(isNumber ? boundDb : null),
  );
  const share = figures?.clippedShare ?? null;
  if (!figures || share === null) {
    clipped.set(MISSING, '', '');
    return;
  }
  const count = Math.round(share * figures.count);
  const text = fig.clipped(share, figures.count);
  clipped.set(marked(text), '', text === fig.count(count) ? '' : fig.count(count));
}

/** Small words after the SQNR of a codebook, and their title. */
function boundText(boundDb: number | null): [small: string, title: string] {
  if (boundDb === null) return ['', ''];
  return [t('tensor.bound', { sqnr: fig.sqnr({ sqnrDb: boundDb, exact: false }) }), t('tensor.boundTitle')];
}
