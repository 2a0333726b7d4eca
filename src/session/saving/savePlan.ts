import { basename, join } from 'node:path';
import { type FilePlan, planFile, planShards, type TensorInfo } from 'safetensors-js';
import { Failure } from '../../core/failure.ts';
import { savedConfigText } from '../../core/formats/configText.ts';
import type { PackedFormat, TensorLayout } from '../../core/formats/format.ts';
import { type FormatProblem, formatProblem } from '../../core/formats/formatProblem.ts';
import { PACKED_FORMATS, packedFormatOf } from '../../core/formats/registry.ts';
import type { Plan } from '../../core/recipes/recipe.ts';
import type { PartTarget } from '../../protocol/worker.ts';
import type { SaveOptions } from '../api.ts';
import { layoutsOf } from '../measure/layouts.ts';
import { columnsApartOf, settlePlan } from '../measure/settlePlan.ts';
import type { SessionContext } from '../sessionContext.ts';
import type { SaveFileSystem } from './fileSystem.ts';
import { REPORT_NAME } from './report.ts';
import { type SideFile, sideFilesOf } from './sideFiles.ts';
import type { Target } from './target.ts';

/** Shards are at most this large unless told otherwise, as huggingface_hub makes them. */
const SHARD_BYTES = 5e9;

/** A file that the session writes whole. */
export interface TextFile {
  readonly name: string;
  readonly content: 'index' | 'config';
  readonly bytes: Uint8Array;
}

/** Every byte of a save but the report, known before the first is read. */
export interface SavePlan {
  readonly format: PackedFormat;
  readonly plan: Plan;
  /** In model order. */
  readonly layouts: readonly TensorLayout[];
  readonly weightFiles: readonly { readonly name: string; readonly plan: FilePlan }[];
  readonly textFiles: readonly TextFile[];
  readonly sideFiles: readonly SideFile[];
  readonly problems: readonly FormatProblem[];
  /** Name of the report beside the model; null when none is wanted. */
  readonly reportName: string | null;
}

/**
 * Plans a save: layouts, shards, offsets, side files.
 * @throws Failure `checkpoint/*`, `format/refuses`, `usage/invalid`; the system's errors
 */
export async function planSave(
  context: SessionContext,
  files: SaveFileSystem,
  asked: Plan,
  options: SaveOptions,
  target: Target,
): Promise<SavePlan> {
  const { model } = context;
  const format = packedFormatOf(options.format);
  assertSavable(context, format, target);
  const problems = format.check(model, asked);
  const refusal = problems.find(({ severity }) => severity === 'refused');
  if (refusal !== undefined) {
    const why = describeProblems(problems, 'refused');
    throw new Failure('format/refuses', { format: format.id, why, offer: offerOf(context, asked, format, 'Use') });
  }
  const plan = await settlePlan(context, asked, options);
  const layouts = layoutsOf(context, plan, { format: format.id, dtype: options.dtype ?? null });
  const { weightFiles, index } = planWeights(
    context,
    plan,
    format,
    layouts,
    { ...options, maxShardBytes: shardBytes(files, options) },
    target,
  );
  const config = target.isFile ? null : format.config(model, layouts);
  const textFiles: TextFile[] = [
    ...(index === null
      ? []
      : [{ name: 'model.safetensors.index.json', content: 'index' as const, bytes: encode(index) }]),
    ...(config === null
      ? []
      : [
          {
            name: 'config.json',
            content: 'config' as const,
            bytes: encode(savedConfigText(model, config, format.floatKeys)),
          },
        ]),
  ];
  const side = await planSideFiles(context, files, options, target, textFiles);
  const reportName = target.isFile ? `${basename(target.name, '.safetensors')}.${REPORT_NAME}` : REPORT_NAME;
  return {
    format,
    plan,
    layouts,
    weightFiles,
    textFiles,
    sideFiles: side.files,
    problems: [...problems, ...notesOnColumns(layouts), ...side.notes],
    reportName: options.writeReport === false ? null : reportName,
  };
}

/** How much of the model LLM.int8 keeps in F16: what a threshold costs is seen before it is saved. */
function notesOnColumns(layouts: readonly TensorLayout[]): readonly FormatProblem[] {
  const apart = layouts.flatMap(({ tensor, quantizer }) => {
    const columns = columnsApartOf(quantizer);
    return columns === null ? [] : [{ columns, inputs: tensor.view.inputs }];
  });
  if (apart.length === 0) return [];
  const columns = apart.reduce((sum, each) => sum + each.columns, 0);
  const inputs = apart.reduce((sum, each) => sum + each.inputs, 0);
  const percent = ((100 * columns) / Math.max(1, inputs)).toFixed(2);
  return [formatProblem('note', null, 'plan/outlier-columns', { columns, inputs, tensors: apart.length, percent })];
}

function assertSavable({ model, path }: SessionContext, format: PackedFormat, target: Target): void {
  const { missingTensors } = model.checkpoint;
  const [missing] = missingTensors;
  if (missing !== undefined) {
    throw new Failure('checkpoint/incomplete', { count: missingTensors.length, file: missing.file });
  }
  if (model.tensors.length === 0) throw new Failure('checkpoint/empty', { path });
  if (model.packedFormat !== null && format.id !== 'dequantized') {
    throw new Failure('checkpoint/packed', { path, format: model.packedFormat });
  }
  if (target.isFile && !format.singleFile) {
    const what = `${format.id} is a folder with config.json; give a folder as the target, not ${target.asked}.`;
    throw new Failure('usage/invalid', { what });
  }
}

function planWeights(
  { model, version }: SessionContext,
  plan: Plan,
  format: PackedFormat,
  layouts: readonly TensorLayout[],
  options: SaveOptions & { readonly maxShardBytes: number },
  target: Target,
): { readonly weightFiles: SavePlan['weightFiles']; readonly index: string | null } {
  if (target.isFile) {
    const metadata = format.metadata(layouts, plan.recipe, model, version);
    return {
      weightFiles: [
        {
          name: target.name,
          plan: planFile(
            layouts.flatMap(({ parts }) => parts),
            metadata,
          ),
        },
      ],
      index: null,
    };
  }
  const layoutOfPart = new Map(layouts.flatMap((layout) => layout.parts.map((part) => [part.name, layout] as const)));
  const { shards, index } = planShards(
    layouts.map(({ parts }) => parts),
    {
      maxShardBytes: options.maxShardBytes,
      metadata: (names) => {
        const inFile = new Set(names.flatMap((name) => layoutOfPart.get(name) ?? []));
        return format.metadata([...inFile], plan.recipe, model, version);
      },
    },
  );
  return { weightFiles: shards, index };
}

/** As was asked, but no more than the file system takes. */
function shardBytes({ mostFileBytes }: SaveFileSystem, { maxShardBytes = SHARD_BYTES }: SaveOptions): number {
  return mostFileBytes === null ? maxShardBytes : Math.min(maxShardBytes, mostFileBytes);
}

async function planSideFiles(
  { model }: SessionContext,
  files: SaveFileSystem,
  options: SaveOptions,
  target: Target,
  written: readonly TextFile[],
): Promise<{ readonly files: readonly SideFile[]; readonly notes: readonly FormatProblem[] }> {
  if (target.isFile || options.copySideFiles === false) return { files: [], notes: [] };
  const folder = await files.realPath(model.checkpoint.folder);
  const side = await sideFilesOf(files, folder, [target.path]);
  const names = new Set(written.map(({ name }) => name));
  return { files: side.files.filter(({ name }) => !names.has(name)), notes: side.notes };
}

/** Where the parts of a tensor go, once the files lie in `folder`. */
export function partTargetsOf(
  { weightFiles, layouts }: SavePlan,
  folder: string,
): ReadonlyMap<TensorLayout, readonly PartTarget[]> {
  const places = new Map<string, { readonly path: string; readonly info: TensorInfo }>();
  for (const { name, plan } of weightFiles) {
    const path = join(folder, name);
    for (const info of plan.tensors) places.set(info.name, { path, info });
  }
  return new Map(
    layouts.map((layout) => [
      layout,
      layout.parts.map((part): PartTarget => {
        const { path, info } = places.get(part.name)!;
        return { part, path, offset: info.start };
      }),
    ]),
  );
}

/** @throws Failure `format/unloadable` where no loader would open what is planned */
export function assertLoadable(context: SessionContext, { format, plan, problems }: SavePlan): void {
  if (!problems.some(({ severity }) => severity === 'unloadable')) return;
  const why = describeProblems(problems, 'unloadable');
  throw new Failure('format/unloadable', { format: format.id, why, offer: offerOf(context, plan, format, '') });
}

function describeProblems(problems: readonly FormatProblem[], severity: FormatProblem['severity']): string {
  const [first, ...others] = problems.filter((problem) => problem.severity === severity);
  if (first === undefined) return '';
  const about = first.tensor === null ? first.why : `${first.tensor}: ${first.why}`;
  const text = about.replace(/\.$/, '');
  return others.length === 0 ? text : `${text} (and ${others.length} more)`;
}

/** Formats that take this plan as it is. */
function offerOf({ model }: SessionContext, plan: Plan, refusing: PackedFormat, verb: string): string {
  const fitting = PACKED_FORMATS.filter(({ id }) => id !== refusing.id)
    .filter((format) => format.check(model, plan).every(({ severity }) => severity === 'note'))
    .map(({ id }) => `--format ${id}`);
  if (fitting.length === 0) return verb === '' ? 'another quantizer' : 'Choose another quantizer.';
  return `${verb} ${fitting.join(' or ')}${verb === '' ? '' : '.'}`.trim();
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
