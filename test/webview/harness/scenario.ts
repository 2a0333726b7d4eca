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

/** How an export goes. */
export interface ExportScenario {
  /** The destination exists already. */
  readonly exists?: boolean;
  /** The destination holds files of others. */
  readonly hasStrangers?: boolean;
  /** compressed-tensors cannot hold the plan. */
  readonly isRefused?: boolean;
  /** How a started export ends; `running`: it does not, until it is cancelled. */
  readonly end?: 'done' | 'failed' | 'running';
}

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
  readonly export?: ExportScenario;
  readonly fileChanged?: boolean;
  readonly locale?: string;
}
