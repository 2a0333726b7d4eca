import type { PageChoices, ScanState } from '../../../src/protocol/page.ts';

export type ModelName =
  | 'gpt2'
  | 'llama'
  | 'llama-deep'
  | 'missing-shard'
  | 'experts'
  | 'layerless'
  | 'packed'
  | 'odd'
  | 'empty';

/** What the fake host plays; plain data, since it crosses into the browser. */
export interface Scenario {
  readonly model: ModelName;
  /** Null: the file does not open. */
  readonly failure?: {
    readonly code: string;
    readonly text: string;
    readonly offset: number | null;
    readonly tensor: string | null;
    readonly args?: Readonly<Record<string, string | number>>;
  };
  readonly scan?: ScanState['status'];
  /** Tensors whose summaries are known; all of them by default. */
  readonly scanned?: number;
  /** Tensors that a pass measures before it waits; all of them by default. */
  readonly measured?: number;
  readonly choices?: Partial<PageChoices>;
  /** Tensors of NaN. */
  readonly nan?: readonly string[];
  readonly fileChanged?: boolean;
  readonly locale?: string;
}
