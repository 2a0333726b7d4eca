import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PackedFormatId } from '../../../src/core/formats/format.ts';
import { PACKED_FORMATS } from '../../../src/core/formats/registry.ts';
import type { Model } from '../../../src/core/model/model.ts';
import type { QuantizerSpec } from '../../../src/core/quantizers/quantizer.ts';
import type { Plan, Rule } from '../../../src/core/recipes/recipe.ts';
import { resolvePlan } from '../../../src/core/recipes/resolvePlan.ts';

const checkpoints = fileURLToPath(new URL('../../fixtures/checkpoints/', import.meta.url));

/** A folder of one's own for the time of the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'loupe-session-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a bundled checkpoint. */
export function copySample(name: 'llama-shakespeare' | 'gpt2-shakespeare', into = temporaryFolder()): string {
  const copy = join(into, name);
  cpSync(join(checkpoints, name), copy, { recursive: true });
  return copy;
}

/** The plan of one rule. */
export function planOf(
  model: Model,
  format: PackedFormatId | null,
  quantizer: QuantizerSpec | 'keep',
  rule: Omit<Rule, 'quantizer'> = { kind: 'linear' },
): Plan {
  const filling = PACKED_FORMATS.find(({ id }) => id === format) ?? null;
  return resolvePlan(model, { rules: [{ ...rule, quantizer }] }, filling);
}

/** Every file below a folder with its bytes as text, for comparing folders whole. */
export function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(path)) {
      const below = join(path, name);
      if (statSync(below).isDirectory()) visit(below);
      else found[relative(folder, below)] = readFileSync(below).toString('latin1');
    }
  };
  visit(folder);
  return found;
}
