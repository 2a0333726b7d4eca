import type { TensorKind } from '../model/model.ts';
import type { Quantizer, QuantizerSpec } from '../quantizers/quantizer.ts';

/** One rule: all selectors it has must hold. `quantizer: 'keep'` stores the tensor unchanged. */
export interface Rule {
  readonly match?: string;
  /** Inclusive layer range `"0..3"`, `"-4..-1"`, or one number `"5"`; negative layers count from the end. */
  readonly layers?: string;
  readonly kind?: TensorKind | 'all';
  readonly quantizer: QuantizerSpec | 'keep';
}

/** Ordered rules, the first that matches wins; what no rule matches is kept. */
export interface Recipe {
  /** What it is for, in a line. */
  readonly description?: string;
  readonly rules: readonly Rule[];
}

/** Why a tensor is kept. */
export type KeepReason = 'no-rule' | 'rule' | 'built-in' | 'empty' | 'not-floating' | 'format';

/** What happens to one tensor. `rule` is the index of the rule that decided, null for built-in keeps and no match. */
export interface Decision {
  readonly tensor: string;
  readonly quantizer: Quantizer | null;
  readonly rule: number | null;
  readonly keep: KeepReason | null;
}

/** A recipe resolved on one model: derived, never edited. Decisions are in model order, one per tensor. */
export interface Plan {
  readonly recipe: Recipe;
  readonly decisions: readonly Decision[];
  /** True where a rule names a tied head: the decisions are those of `modelOfPlan`, in which it has a matrix of its own. */
  readonly unties?: true;
}
