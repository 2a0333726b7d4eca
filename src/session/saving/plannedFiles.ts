import { join } from 'node:path';
import type { QuantizeDocument } from '../../protocol/documents.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import type { SavePlan } from './savePlan.ts';
import { filesBelow, type Target } from './target.ts';

type PlannedFile = QuantizeDocument['files'][number];

/** Room for the report in the check of free space, before it is known. */
const REPORT_BYTES_A_TENSOR = 2000;

/** Names that a save replaces. */
export async function existingNames(
  files: SaveFileSystem,
  save: SavePlan,
  target: Target,
): Promise<ReadonlySet<string>> {
  if (!target.isFile) return new Set(target.existing === null ? [] : await filesBelow(files, target.path));
  const hasReport = save.reportName !== null && (await files.look(join(target.parent, save.reportName))) !== null;
  return new Set([...(target.existing === null ? [] : [target.name]), ...(hasReport ? [save.reportName!] : [])]);
}

/** The files of a save, to the byte, but for the report, of which `reportBytes` are said. */
export function plannedFiles(
  save: SavePlan,
  existing: ReadonlySet<string>,
  report: { readonly bytes: number; readonly content: string },
): readonly PlannedFile[] {
  const entry = (name: string, bytes: number, content: string, action: PlannedFile['action']): PlannedFile => ({
    name,
    bytes,
    content,
    action: existing.has(name) ? 'replace' : action,
  });
  return [
    ...save.weightFiles.map(({ name, plan }) => entry(name, plan.fileBytes, 'weights', 'new')),
    ...save.textFiles.map(({ name, bytes, content }) => entry(name, bytes.length, content, 'new')),
    ...save.sideFiles.map(({ name, bytes }) => entry(name, bytes, 'side file', 'copy')),
    ...(save.reportName === null ? [] : [entry(save.reportName, report.bytes, report.content, 'new')]),
  ];
}

/** Bytes that a save needs on the disk. */
export function plannedBytes(save: SavePlan): number {
  const bytes = (files: readonly { readonly bytes: number | Uint8Array }[]): number =>
    files.reduce((sum, file) => sum + (typeof file.bytes === 'number' ? file.bytes : file.bytes.length), 0);
  const weights = save.weightFiles.reduce((sum, { plan }) => sum + plan.fileBytes, 0);
  const report = save.reportName === null ? 0 : save.layouts.length * REPORT_BYTES_A_TENSOR;
  return weights + bytes(save.textFiles) + bytes(save.sideFiles) + report;
}
