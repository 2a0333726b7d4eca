import { parseClip } from '../../src/core/quantizers/clipRule.ts';
import { t } from '../strings.ts';
import type { BarField, BarState, ChangeSpec } from './barField.ts';
import { type ChoiceForm, createChoiceField } from './choiceField.ts';

/** What narrows the interval of a slice before its range rule. */
export function createClipField(change: ChangeSpec): BarField {
  return createChoiceField(
    {
      parameter: 'clip',
      label: t('bar.clip'),
      valueLabel: t('bar.clipValue'),
      class: 'field-clip',
      forms: clipForms,
      read: ({ clip = 'none' }) => {
        const [kind = 'none', value = ''] = clip.split(/:(.*)/s);
        return [parseClip(clip) === undefined ? 'none' : kind, value];
      },
      write: (kind, value) => ({ clip: value === '' ? kind : `${kind}:${value.replaceAll(/\s/g, '')}` }),
    },
    change,
  );
}

/** KL calibration is about the whole tensor. */
function clipForms({ shown }: BarState): ChoiceForm[] {
  const isTensor = shown.unit === 'tensor';
  const cost = t(isTensor ? 'bar.costInstant' : 'bar.costPass');
  return [
    { id: 'none', text: t('bar.clipNone') },
    { id: 'mse', text: t('bar.clipMse'), detail: t(isTensor ? 'bar.costInstant' : 'bar.costSearch') },
    ...(isTensor ? [{ id: 'kl', text: t('bar.clipKl'), detail: cost }] : []),
    { id: 'percentile', text: t('bar.clipPercentile'), detail: cost, start: '99.9' },
    { id: 'sigma', text: t('bar.clipSigma'), detail: cost, start: '4' },
    { id: 'absolute', text: t('bar.clipAbsolute'), detail: cost, start: '' },
  ];
}
