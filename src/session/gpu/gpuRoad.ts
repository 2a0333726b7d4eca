import type { Dtype } from 'safetensors-js';
import type { ModelTensor, StoredTensor, View2D } from '../../core/model/model.ts';
import type { Quantizer } from '../../core/quantizers/quantizer.ts';
import type { GpuFound, GpuSearch, GpuState } from '../../protocol/gpu.ts';
import type { RowRange } from '../../protocol/worker.ts';

/** Rows of one tensor, and what is searched of them. */
export interface GpuBlock {
  readonly stored: StoredTensor;
  readonly view: View2D;
  readonly firstRow: number;
  readonly search: GpuSearch;
}

/** `process`: a child of ours with the package `webgpu`; `page`: a worker of an open page; `worker`: one of a web extension host. */
export type GpuRoadName = 'process' | 'page' | 'worker';

/** A way to a GPU. It opens with the first question and, where its device went, again with the next. */
export interface GpuRoad {
  readonly name: GpuRoadName;
  /** The adapter, or why there is none. */
  probe(): Promise<GpuState>;
  /** @throws GpuFault; Failure `file/*` of weights that could not be read */
  search(block: GpuBlock): Promise<GpuFound>;
  end(): void;
}

/** The block of some rows; null where shaders do not read the tensor. */
export function blockOf(
  { source }: ModelTensor,
  rows: RowRange,
  quantizer: Quantizer,
  rounds: number,
): GpuBlock | null {
  if (source.kind !== 'raw') return null;
  const { data: stored, view } = source;
  const { dtype } = stored;
  if (!isSearched(dtype)) return null;
  const search = { dtype, quantizer, rows: rows.end - rows.start, inputs: view.inputs, rounds };
  return { stored, view, firstRow: rows.start, search };
}

function isSearched(dtype: Dtype): dtype is GpuSearch['dtype'] {
  return dtype === 'F16' || dtype === 'BF16' || dtype === 'F32';
}
