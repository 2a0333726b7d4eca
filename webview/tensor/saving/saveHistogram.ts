import { isFailure } from '../../../src/core/failure.ts';
import { describeQuantizer } from '../../../src/core/quantizers/describeQuantizer.ts';
import { presentLook } from '../../charts/pictureLook.ts';
import { fig } from '../../figures.ts';
import type { Store } from '../../store.ts';
import type { Distribution } from '../distribution/distribution.ts';
import type { OpenTensor } from '../subject/openTensor.ts';
import type { WhatIf } from '../subject/whatIfView.ts';
import { histogramCsv } from './histogramCsv.ts';
import { histogramPng } from './histogramPng.ts';
import { type HistogramPicture, subtitleOf, suggestedName } from './histogramSeries.ts';
import { histogramSvg } from './histogramSvg.ts';

export type HistogramFile = 'svg' | 'png' | 'csv';

/** Draws the shown histogram and gives it to the host, which asks where to write it. */
export async function saveHistogram(
  store: Store,
  kind: HistogramFile,
  open: OpenTensor,
  distribution: Distribution,
  whatIf: WhatIf,
): Promise<void> {
  const tensor = open.name ?? '';
  const picture: HistogramPicture = {
    tensor,
    subtitle: subtitleText(open, whatIf),
    distribution,
    isLog: store.choices.get().logScale,
  };
  const bytes = await draw(kind, picture, open.summary?.quantiles ?? []);
  try {
    await store.host.call('file/save', { suggestedName: suggestedName(tensor, kind), bytes });
  } catch (error) {
    if (!isFailure(error)) throw error;
    store.host.failures.set(error);
  }
}

async function draw(
  kind: HistogramFile,
  picture: HistogramPicture,
  quantiles: readonly (number | null)[],
): Promise<ArrayBuffer> {
  if (kind === 'png') return await histogramPng(picture, quantiles);
  const text = kind === 'csv' ? histogramCsv(picture.distribution) : histogramSvg(picture, presentLook());
  return new TextEncoder().encode(text).buffer;
}

function subtitleText({ row }: OpenTensor, { quantizer, figures, isEstimate }: WhatIf): string {
  const facts = [row ? fig.shape(row.shape) : '', row?.packing ?? row?.dtype ?? ''];
  if (!quantizer || !figures) return subtitleOf(facts);
  const sqnr = fig.sqnr(figures);
  return subtitleOf([...facts, describeQuantizer(quantizer), isEstimate ? fig.estimated(sqnr) : sqnr]);
}
