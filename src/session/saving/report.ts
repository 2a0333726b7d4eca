import type { PackedFormat } from '../../core/formats/format.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import { recipeToJson } from '../../core/recipes/recipeJson.ts';
import { documentJson, type JsonOf } from '../../core/text/documentJson.ts';
import type { QuantizeDocument, RunInfo } from '../../protocol/documents.ts';
import { type MeasuredLayout, measuredTensorOf, totalsOf } from '../measure/measuredTensor.ts';
import type { SaveFileSystem } from './fileSystem.ts';

/** Beside a saved model: what was done, with what error, and which files belong to it. */
export const REPORT_NAME = 'tensor-loupe-report.json';

/** Far above any report. */
const MOST_REPORT_BYTES = 500e6;

export interface ReportInput {
  readonly source: string;
  readonly target: string;
  readonly format: PackedFormat;
  readonly plan: Plan;
  readonly files: QuantizeDocument['files'];
  /** In model order. */
  readonly measured: readonly MeasuredLayout[];
  readonly problems: QuantizeDocument['problems'];
  readonly isDryRun: boolean;
  readonly isVerified: boolean;
  readonly run: RunInfo;
}

export function reportOf(input: ReportInput): QuantizeDocument {
  return {
    schema: 'loupe/quantize/1',
    source: input.source,
    target: input.target,
    format: input.format.id,
    recipe: recipeToJson(input.plan.recipe),
    dry_run: input.isDryRun,
    files: input.files,
    tensors: input.measured.map(measuredTensorOf),
    totals: totalsOf(input.measured),
    problems: input.problems,
    verified: input.isVerified,
    run: input.run,
  };
}

export function reportText(report: QuantizeDocument): string {
  return documentJson(report);
}

/** The number that takes the most characters in JSON. */
const LONGEST_NUMBER = -2.2250738585072014e-308;

/** More bytes than the finished report will have: every figure as long as a figure can be. */
export function reportBytesAtMost(report: QuantizeDocument): number {
  const text = documentJson(report, (key, value) =>
    value === null || (typeof value === 'number' && key !== 'bytes') ? LONGEST_NUMBER : value,
  );
  return new TextEncoder().encode(text).length;
}

/** The report as its JSON has it. */
export type StoredReport = JsonOf<QuantizeDocument>;

/** A report of ours; null where there is none, or something else under its name. */
export async function readReport(files: SaveFileSystem, path: string): Promise<StoredReport | null> {
  const facts = await files.lookThrough(path);
  if (facts?.kind !== 'file' || facts.bytes > MOST_REPORT_BYTES) return null;
  try {
    const value: unknown = JSON.parse(await files.readText(path));
    return isReport(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isReport(value: unknown): value is StoredReport {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, files, tensors } = value as Partial<Record<keyof StoredReport, unknown>>;
  const isNamed = (file: unknown): boolean => typeof (file as { name?: unknown } | null)?.name === 'string';
  return schema === 'loupe/quantize/1' && Array.isArray(files) && files.every(isNamed) && Array.isArray(tensors);
}
