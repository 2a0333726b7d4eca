import type { PageChoices } from '../../src/protocol/page.ts';
import type { Store } from '../store.ts';
import { poolErrors, poolShapes } from './pooledFigures.ts';

export type MetricId = PageChoices['colourBy'];

/** How the map shows a metric. */
export interface Metric {
  readonly id: MetricId;
  /** `attention`: strong colour means look here; `quantity`: strong means more. */
  readonly scale: 'attention' | 'quantity';
  /** Which end is strong. */
  readonly strong: 'low' | 'high';
  readonly isLogarithmic: boolean;
  /** Figures of a pass: kept tensors have none. */
  readonly isMeasured: boolean;
}

export const METRICS: readonly Metric[] = [
  { id: 'sqnr', scale: 'attention', strong: 'low', isLogarithmic: false, isMeasured: true },
  { id: 'max-error', scale: 'attention', strong: 'high', isLogarithmic: false, isMeasured: true },
  { id: 'max-over-sigma', scale: 'attention', strong: 'high', isLogarithmic: true, isMeasured: false },
  { id: 'kurtosis', scale: 'attention', strong: 'high', isLogarithmic: true, isMeasured: false },
  { id: 'bits', scale: 'quantity', strong: 'high', isLogarithmic: false, isMeasured: false },
  { id: 'size', scale: 'quantity', strong: 'high', isLogarithmic: false, isMeasured: false },
];

export function metricOf(id: MetricId): Metric {
  const metric = METRICS.find((entry) => entry.id === id);
  if (!metric) throw new Error(`no metric ${id}`);
  return metric;
}

/** The metric of the map: the chosen one, but a packed checkpoint has nothing to measure against. */
export function shownMetric(store: Store): Metric {
  const metric = metricOf(store.choices.get().colourBy);
  return metric.isMeasured && store.model.packedFormat !== null ? metricOf('bits') : metric;
}

/** A figure and what is known about it. */
export interface MetricValue {
  /** Null: undefined, missing or not measured. */
  readonly value: number | null;
  /** No error at all: shown as a word. */
  readonly exact: boolean;
  /** It will come with the running pass or scan. */
  readonly isPending: boolean;
  /** Of the quantizer before the present one. */
  readonly isOld: boolean;
  readonly isEstimate: boolean;
}

const NOTHING: MetricValue = { value: null, exact: false, isPending: false, isOld: false, isEstimate: false };

/** The figure of one tensor. */
export function tensorValue(store: Store, id: MetricId, name: string): MetricValue {
  if (metricOf(id).isMeasured) return measuredValue(store, id, [name]);
  if (id === 'bits' || id === 'size') return sizeValue(store, id, [name]);
  return shapeValue(store, id, [name]);
}

/** The figure of several tensors together (layer, role, model): summed, not averaged. */
export function totalValue(store: Store, id: MetricId, names: readonly string[]): MetricValue {
  if (metricOf(id).isMeasured) return measuredValue(store, id, quantizedOf(store, names));
  if (id === 'bits' || id === 'size') return sizeValue(store, id, names);
  return shapeValue(store, id, names);
}

/** The figure of tensors that share a cell (experts): the worst error, the largest outlier, the whole size. */
export function sharedValue(store: Store, id: MetricId, names: readonly string[]): MetricValue {
  if (id === 'bits' || id === 'size') return sizeValue(store, id, names);
  const metric = metricOf(id);
  const values = (metric.isMeasured ? quantizedOf(store, names) : names).map((name) => tensorValue(store, id, name));
  const known = values.filter((entry) => entry.value !== null);
  const [first = values[0] ?? NOTHING] = known;
  const worst = known.reduce(
    (best, entry) => ((metric.strong === 'low') === (entry.value ?? 0) < (best.value ?? 0) ? entry : best),
    first,
  );
  return { ...worst, isPending: worst.value === null && values.some((entry) => entry.isPending) };
}

/** Tensors that the plan quantizes; all of them while there is no plan. */
export function quantizedOf(store: Store, names: readonly string[]): readonly string[] {
  const { planned } = store.measure.view.get();
  if (planned.size === 0) return names;
  return names.filter((name) => planned.get(name)?.quantizer != null);
}

function measuredValue(store: Store, id: MetricId, names: readonly string[]): MetricValue {
  const { figures, fresh, status, planned } = store.measure.view.get();
  const isUnderWay = status === 'running' || status === 'waiting';
  const quantized = planned.size === 0 ? names : names.filter((name) => planned.get(name)?.quantizer != null);
  const measured = quantized.map((name) => figures.get(name)).filter((entry) => entry !== undefined);
  if (quantized.length === 0) return NOTHING;
  if (measured.length < quantized.length) return { ...NOTHING, isPending: isUnderWay };
  const isOld = isUnderWay && quantized.some((name) => !fresh.has(name));
  const [only] = measured;
  const pooled =
    measured.length === 1 && only ? only.figures : poolErrors(measured, (name) => store.summaries.get(name));
  const value = id === 'sqnr' ? pooled.sqnrDb : pooled.maxError;
  return { value, exact: id === 'sqnr' && pooled.exact, isPending: false, isOld, isEstimate: false };
}

/** Bytes as the file has them; bits as the plan stores them. */
function sizeValue(store: Store, id: 'bits' | 'size', names: readonly string[]): MetricValue {
  const { planned } = store.measure.view.get();
  let fileBytes = 0;
  let plannedBytes = 0;
  let weights = 0;
  for (const name of names) {
    const row = store.rows.get(name);
    fileBytes += row?.storedBytes ?? 0;
    plannedBytes += planned.get(name)?.storedBytes ?? row?.storedBytes ?? 0;
    weights += row?.elements ?? 0;
  }
  if (id === 'size') return { ...NOTHING, value: fileBytes };
  const [only] = names;
  const single = names.length === 1 && only !== undefined ? bitsOf(store, only) : null;
  return { ...NOTHING, value: single ?? (weights > 0 ? (plannedBytes * 8) / weights : null) };
}

function bitsOf(store: Store, name: string): number | null {
  return store.measure.view.get().planned.get(name)?.bitsPerWeight ?? store.rows.get(name)?.bitsPerWeight ?? null;
}

function shapeValue(store: Store, id: MetricId, names: readonly string[]): MetricValue {
  const summaries = names.map((name) => store.summaries.get(name)).filter((entry) => entry !== undefined);
  if (names.length === 0) return NOTHING;
  if (summaries.length < names.length) return { ...NOTHING, isPending: store.scan.get().status === 'running' };
  const isEstimate = summaries.some((summary) => summary.sampled);
  const [only] = summaries;
  const shape = summaries.length === 1 && only ? only : poolShapes(summaries);
  return { ...NOTHING, value: id === 'kurtosis' ? shape.kurtosis : shape.maxOverSigma, isEstimate };
}
