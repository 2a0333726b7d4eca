import * as vscode from 'vscode';
import { mainPartOf } from '../../core/model/mainPart.ts';
import type { ModelTensor } from '../../core/model/model.ts';
import type { TensorSummary } from '../../core/stats/summary.ts';
import type { HostEvents } from '../../protocol/page.ts';
import { pathOf } from '../uris.ts';
import type { CommandHandler } from './commandHandler.ts';
import { type CommandParts, targetOf } from './commandParts.ts';

/** Commands on one tensor: compare, export its histogram, copy its facts. */
export function tensorCommands(
  parts: CommandParts,
): Record<
  'compareQuantizers' | 'exportHistogramSvg' | 'exportHistogramPng' | 'exportHistogramCsv' | 'copyTensorInfo',
  CommandHandler
> {
  const onTensorPage =
    (action: HostEvents['show']['action']): CommandHandler =>
    async (argument) => {
      const target = targetOf(parts, argument);
      if (!target) return;
      const event = { page: 'tensor', tensor: target.tensor, filter: null, spec: null, action } as const;
      await parts.editor.show(target.uri, event);
    };
  return {
    compareQuantizers: onTensorPage('compare'),
    exportHistogramSvg: onTensorPage('export-svg'),
    exportHistogramPng: onTensorPage('export-png'),
    exportHistogramCsv: onTensorPage('export-csv'),
    copyTensorInfo: (argument) => copyTensorInfo(parts, argument),
  };
}

async function copyTensorInfo(parts: CommandParts, argument: unknown): Promise<void> {
  const target = targetOf(parts, argument);
  if (!target?.tensor) return;
  const lease = await parts.hub.acquire(pathOf(target.uri));
  try {
    const { session } = lease.checkpoint;
    const tensor = session.model.tensors.find(({ name }) => name === target.tensor);
    if (tensor) await vscode.env.clipboard.writeText(tensorInfo(tensor, session.summaries.get(tensor.name)));
  } finally {
    lease.dispose();
  }
}

/** The facts of a tensor as JSON: what its header says, and what the scan found if it was scanned. */
function tensorInfo(tensor: ModelTensor, summary: TensorSummary | undefined): string {
  const { name, dtype, shape, kind, layer, role, axis, storedBytes, bitsPerWeight, packing, source } = tensor;
  const stored = mainPartOf(source);
  const facts = {
    name,
    dtype,
    shape,
    kind,
    layer,
    role,
    channel_axis: axis,
    stored_bytes: storedBytes,
    bits_per_weight: bitsPerWeight,
    packing,
    file: stored.path,
    byte_range: [stored.start, stored.end],
    ...(summary
      ? {
          min: summary.min,
          max: summary.max,
          mean: summary.mean,
          standard_deviation: summary.standardDeviation,
          kurtosis: summary.kurtosis,
          zeros: summary.zeros,
          nans: summary.nans,
          infinities: summary.infinities,
        }
      : {}),
  };
  return JSON.stringify(facts, null, 2);
}
