import { columnDecimals } from '../core/text/columnDecimals.ts';
import type { FigureText } from '../core/text/figureText.ts';
import type { MeasuredTensor, Totals } from '../protocol/documents.ts';
import { type Column, textTable } from './terminal/textTable.ts';

/** The error of every quantized tensor, one line each, in model order. */
export function errorTable(tensors: readonly MeasuredTensor[], text: FigureText): string[] {
  const quantized = tensors.filter(({ quantizer }) => quantizer !== null);
  if (quantized.length === 0) return ['No tensor is quantized.'];
  const decimals = columnDecimals(quantized.map(({ figures }) => figures.maxError));
  const clipped: Column<MeasuredTensor> = {
    title: 'Clipped',
    align: 'right',
    cell: ({ figures }) => text.clipped(figures.clippedShare, figures.count),
  };
  const hasClipped = quantized.some(({ figures }) => (figures.clippedShare ?? 0) > 0);
  const columns: Column<MeasuredTensor>[] = [
    { title: 'Tensor', align: 'left', cell: ({ name }) => name },
    { title: 'Quantizer', align: 'left', cell: ({ quantizer }) => quantizer ?? '' },
    { title: 'SQNR dB', align: 'right', cell: ({ figures }) => text.decibels(figures) },
    { title: 'MSE', align: 'right', cell: ({ figures }) => text.meanSquaredError(figures.meanSquaredError) },
    { title: 'max |diff|', align: 'right', cell: ({ figures }) => text.decimals(figures.maxError, decimals) },
    { title: 'Cosine', align: 'right', cell: ({ figures }) => text.cosine(figures.cosine) },
    ...(hasClipped ? [clipped] : []),
    { title: 'Bits/w', align: 'right', cell: ({ bits_per_weight }) => text.bits(bits_per_weight) },
    { title: 'Size', align: 'right', cell: ({ stored_bytes }) => text.bytes(stored_bytes) },
  ];
  return textTable(columns, quantized);
}

/** What was quantized and kept, with sizes and errors in total: facts for `labelled`. */
export function totalFacts(tensors: readonly MeasuredTensor[], totals: Totals, text: FigureText): [string, string][] {
  const quantized = tensors.filter(({ quantizer }) => quantizer !== null);
  const { stored_bytes, original_bytes } = totals;
  const smaller = stored_bytes === 0 ? null : original_bytes / stored_bytes;
  const bits = overBoth(text.bits(totals.quantized_bits_per_weight), text.bits(totals.all_bits_per_weight), quantized);
  const isMeasured = totals.all.exact || totals.all.sqnrDb !== null;
  return [
    ['quantized', `${text.count(quantized.length)} tensors, ${keptWords(tensors, text)}`],
    [
      'weights',
      `${text.bytes(stored_bytes)}, were ${text.bytes(original_bytes)} (${text.change(original_bytes, stored_bytes)}, ${text.ratio(smaller)})`,
    ],
    ['bits/weight', bits],
    ...(isMeasured ? [['SQNR', overBoth(text.sqnr(totals.quantized), text.sqnr(totals.all), quantized)] as Fact] : []),
    ...worstOf(quantized, text),
  ];
}

type Fact = [label: string, value: string];

function overBoth(ofQuantized: string, ofAll: string, quantized: readonly MeasuredTensor[]): string {
  return quantized.length === 0
    ? `${ofAll} over all floating tensors`
    : `${ofQuantized}, over all floating tensors ${ofAll}`;
}

/** `10 kept (built-in)`, or how many for each reason. */
function keptWords(tensors: readonly MeasuredTensor[], text: FigureText): string {
  const counts = new Map<string, number>();
  for (const { kept } of tensors) if (kept !== null) counts.set(kept, (counts.get(kept) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const reasons = Array.from(counts, ([reason, count]) =>
    counts.size === 1 ? reason : `${text.count(count)} ${reason}`,
  );
  return `${text.count(total)} kept${total === 0 ? '' : ` (${reasons.join(', ')})`}`;
}

function worstOf(quantized: readonly MeasuredTensor[], text: FigureText): [string, string][] {
  if (quantized.length < 2) return [];
  const sqnr = ({ figures }: MeasuredTensor): number => figures.sqnrDb ?? Number.POSITIVE_INFINITY;
  const worst = quantized.reduce((lowest, tensor) => (sqnr(tensor) < sqnr(lowest) ? tensor : lowest));
  return worst.figures.sqnrDb === null ? [] : [['lowest SQNR', `${text.sqnr(worst.figures)}, ${worst.name}`]];
}

/** Reasons why a format or its loaders refuse, each once, with how many tensors it is about. */
export function problemLines(
  problems: readonly { readonly tensor: string | null; readonly why: string; readonly severity: string }[],
): string[] {
  const byReason = new Map<string, { readonly severity: string; readonly why: string; readonly tensors: string[] }>();
  for (const { tensor, why, severity } of problems) {
    const reason = byReason.get(`${severity}|${why}`) ?? { severity, why, tensors: [] };
    byReason.set(`${severity}|${why}`, reason);
    if (tensor !== null) reason.tensors.push(tensor);
  }
  return Array.from(byReason.values(), ({ severity, why, tensors }) => {
    const [first] = tensors;
    const more = tensors.length > 1 ? ` and ${tensors.length - 1} more` : '';
    return `${severity}: ${first === undefined ? '' : `${first}${more}: `}${why}`;
  });
}
