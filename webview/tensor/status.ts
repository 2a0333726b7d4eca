import type { StatusLine } from '../pages.ts';
import type { Store } from '../store.ts';
import { t } from '../strings.ts';
import type { OpenTensor } from './subject/openTensor.ts';
import type { WhatIf } from './subject/whatIfView.ts';

/** Which figures the page shows and what they cost. */
export function statusOf(store: Store, open: OpenTensor, whatIf: WhatIf): StatusLine {
  const still = (text: string): StatusLine => ({ text, isBusy: false, action: null });
  if (open.status === 'reading') {
    return { text: t('tensor.statusReading', { name: store.shortName(open.name ?? '') }), isBusy: true, action: null };
  }
  if (open.status !== 'ready') return still('');
  if (whatIf.error !== null) return still(whatIf.error);
  if (whatIf.isPending) return { text: t('status.waiting'), isBusy: true, action: null };
  if (open.summary?.sampled) return still(t('tensor.statusSampled'));
  if (store.model.packedFormat !== null) return still(t('status.packed'));
  if (whatIf.source === 'none' || whatIf.figures === null) return still(t('tensor.statusOriginal'));
  if (whatIf.isEstimate) return still(t('tensor.statusEstimate', { dtype: open.row?.dtype ?? '' }));
  const isInstant = whatIf.source === 'instant' && open.summary?.estimated === false;
  return still(t(isInstant ? 'tensor.statusInstant' : 'tensor.statusPass'));
}
