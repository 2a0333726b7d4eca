import type { DetailCounts } from '../../core/metrics/errorDetails.ts';
import type { VerifyItem, VerifyResult } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';
import { findNonFinite } from '../nonFinite.ts';
import { DetailCounter } from '../quantize/detailCounter.ts';
import { isReadable, openRows, planRows } from '../rows/openRows.ts';
import { type ItemSums, RunRecords } from '../runRecords.ts';
import { settleNonFinite } from '../settleNonFinite.ts';
import { sumsOfUnchanged } from '../sumsOfUnchanged.ts';
import { elementsOf, tilesOf } from '../tiles.ts';
import { compareBytes } from './compareBytes.ts';

/**
 * A source against what was saved of it: byte by byte where they should be identical, else (or where they are not) both
 * decoded, with the sums that encoding gave. Weights clipped cannot be seen from x'.
 * @throws Failure `file/*`, `format/unreadable`
 */
export async function verifyItem(scope: CallScope, item: VerifyItem): Promise<VerifyResult> {
  const { source, saved, rows } = item;
  if (item.identical && (await compareBytes(scope, source, saved, rows))) {
    return { item: item.item, ...sumsOfUnchanged(source.view, rows), identical: true };
  }
  if (!isReadable(source) || !isReadable(saved)) {
    return { item: item.item, ...sumsOfUnchanged(source.view, rows), identical: false };
  }
  const { sums, runs, details } = await compareDecoded(scope, item);
  const isSame = sums.squaredError === 0 && sums.maxError === 0;
  return {
    item: item.item,
    sums: { ...sums, clipped: null, clippedSquaredError: null },
    runs,
    ...(details === null ? {} : { details }),
    identical: !item.identical && isSame,
  };
}

interface Found extends ItemSums {
  readonly details: DetailCounts | null;
}

async function compareDecoded(scope: CallScope, item: VerifyItem): Promise<Found> {
  const found = await comparePass(scope, item, null);
  if (Number.isFinite(found.sums.squaredError)) return found;
  const nonFinite = await findNonFinite(scope, item.source);
  if (nonFinite === null) return found;
  return comparePass(scope, item, nonFinite.largest);
}

/** @param largest where the source has weights that are not finite: what infinities were clamped to */
async function comparePass(scope: CallScope, item: VerifyItem, largest: number | null): Promise<Found> {
  scope.arena.reset();
  const { source, saved, rows, sums: wanted = 'full' } = item;
  const { channels, inputs } = source.view;
  if (saved.view.channels !== channels || saved.view.inputs !== inputs) {
    throw new Error(
      `a tensor of ${channels} × ${inputs} cannot be compared with ${saved.view.channels} × ${saved.view.inputs}`,
    );
  }
  const plan = planRows(scope, [source, saved]);
  const original = openRows(scope, source, rows, plan);
  const decoded = openRows(scope, saved, rows, plan);
  const elements = (rows.end - rows.start) * inputs;
  const isWhole = rows.start === 0 && rows.end === channels;
  const runs = new RunRecords(scope, wanted, elements, plan.rows * plan.columns, !isWhole);
  const details = item.details == null ? null : new DetailCounter(scope, item.details, inputs, plan);
  for (const tile of tilesOf(rows, inputs, plan)) {
    const x = original.read(tile);
    const other = decoded.read(tile);
    const n = elementsOf(tile);
    if (largest !== null) settleNonFinite(scope, x, other, n, item.nonFinite === 'clamp' ? largest : null);
    scope.kernels.compare(x, other, n, runs.state, wanted);
    runs.advance(n);
    details?.add(tile, x, other);
    if (scope.isPauseDue) await scope.hearStop();
  }
  return { ...runs.finish(), details: details?.finish(null) ?? null };
}
