import type { QuantizerSpec } from '../../src/core/quantizers/quantizer.ts';
import type { QuantizerFields } from './fields.ts';
import type { CompleteSpec } from './specs.ts';

/** What the fields of the bar show. */
export interface BarState {
  readonly spec: QuantizerSpec;
  readonly shown: CompleteSpec;
  readonly fields: QuantizerFields;
  /** Why the whole bar is off; null where it is not. */
  readonly locked: string | null;
  /** Why a single field is off. */
  readonly unused: string;
}

/** One labelled field of the bar. */
export interface BarField {
  readonly element: HTMLElement;
  update(state: BarState): void;
}

/**
 * Makes a change the quantizer in force, where it resolves. @returns why it does not, in which case the quantizer
 * before stays
 */
export type ChangeSpec = (change: Partial<QuantizerSpec>) => string | null;
