import { basename, resolve } from 'node:path';
import type { PackedFormat } from '../../core/formats/format.ts';
import type { FigureText } from '../../core/text/figureText.ts';
import type { QuantizeDocument } from '../../protocol/documents.ts';
import type { SaveOptions } from '../../session/api.ts';
import type { Command } from '../command.ts';
import type { CommandContext } from '../commandContext.ts';
import { errorTable, problemLines, totalFacts } from '../errorTable.ts';
import { EXIT } from '../exitCode.ts';
import {
  FORMAT_FLAGS,
  GENERAL_FLAGS,
  QUANTIZER_FLAGS,
  SAVE_FLAGS,
  SELECTION_FLAGS,
  THREAD_FLAGS,
} from '../flags/flagTable.ts';
import type { FlagValues } from '../flags/flagValues.ts';
import { usageFailure } from '../flags/usageFailure.ts';
import { type PlanRequest, planRequestOf } from '../planFromFlags.ts';
import { labelled, textTable } from '../terminal/textTable.ts';
import { tellWholeCheckpoint, withSession } from '../withSession.ts';

/** How the name of every report ends. */
const REPORT_SUFFIX = 'tensor-loupe-report.json';

/** Quantizes and saves a packed model that a real loader reads. */
export const quantize: Command = {
  name: 'quantize',
  summary: 'Quantize a checkpoint and save the packed model',
  operands: ['FILE'],
  details: [
    'The result is staged beside the target, re-read and compared with the figures, and only then put in place; the source is never written. Configuration, tokenizer and code files are copied along, and a report is written beside the weights.',
  ],
  flagGroups: [QUANTIZER_FLAGS, SELECTION_FLAGS, FORMAT_FLAGS, SAVE_FLAGS, THREAD_FLAGS, GENERAL_FLAGS],
  examples: [
    'loupe quantize models/llama --format compressed-tensors --out llama-w4a16',
    'loupe quantize models/gpt2 --quantizer nf4 --double-quant --format bitsandbytes --out gpt2-nf4',
    'loupe quantize model.safetensors --quantizer absmax --bits 8 --format loupe --out model-int8.safetensors',
    'loupe quantize models/llama --recipe mixed.loupe.json --format compressed-tensors --out mixed --dry-run',
  ],
  async run(values, context) {
    const request = await planRequestOf(values);
    const { format } = request;
    if (format === null)
      throw usageFailure('--format is missing: compressed-tensors, bitsandbytes, loupe or dequantized.');
    const [path = ''] = values.positionals;
    const options = saveOptionsOf(values, path, format, request, context);
    return withSession(path, values, context, async (session) => {
      tellWholeCheckpoint(session, context);
      const plan = request.resolve(session.model);
      if (values.has('dry-run')) {
        const { freeBytes, exists, ...preview } = await session.preview(plan, options);
        const document: QuantizeDocument = { ...preview, dry_run: true, run: context.runInfo(session) };
        context.print(document, () =>
          dryRunLines(document, { freeBytes, exists, allowUnloadable: options.allowUnloadable === true }, context),
        );
        return EXIT.done;
      }
      const document = await session.save(plan, options);
      context.print(document, () => savedLines(document, format, context));
      return EXIT.done;
    });
  },
};

function saveOptionsOf(
  values: FlagValues,
  path: string,
  format: PackedFormat,
  { dtype, nonFinite }: PlanRequest,
  context: CommandContext,
): SaveOptions {
  const out = values.text('out');
  if (out === null && !values.has('dry-run')) throw usageFailure('--out is missing: where the packed model goes.');
  if (out?.endsWith('.safetensors') && !format.singleFile) {
    throw usageFailure(`--out must be a folder: ${format.id} has files beside the weights that its loaders need.`);
  }
  const maxShardBytes = values.bytes('max-shard-size');
  return {
    format: format.id,
    out: out ?? resolve(`${basename(resolve(path), '.safetensors')}-${format.id}`),
    dtype,
    nonFinite,
    force: values.has('force'),
    allowUnloadable: values.has('allow-unloadable'),
    ...(maxShardBytes === null ? {} : { maxShardBytes }),
    ...context.hooks(),
  };
}

function fileLines(document: QuantizeDocument, { text }: CommandContext): string[] {
  return textTable(
    [
      { title: 'File', align: 'left', cell: ({ name }) => name },
      { title: 'Bytes', align: 'right', cell: ({ bytes }) => text.count(bytes) },
      { title: '', align: 'left', cell: ({ action }) => action },
      { title: 'Holds', align: 'left', cell: ({ content }) => content },
    ],
    document.files,
  );
}

function factsOf({ tensors, totals }: QuantizeDocument, { text }: CommandContext): [string, string][] {
  return totals === null ? [] : totalFacts(tensors, totals, text);
}

function sumOfBytes(files: QuantizeDocument['files']): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function dryRunLines(
  document: QuantizeDocument,
  disk: { readonly freeBytes: number | null; readonly exists: boolean; readonly allowUnloadable: boolean },
  context: CommandContext,
): string[] {
  const { text } = context;
  return [
    ...fileLines(document, context),
    '',
    ...labelled([
      ...factsOf(document, context),
      ['target', `${document.target}${disk.exists ? ' (exists: --force replaces it)' : ''}`],
      ['size', plannedSize(document, text)],
      ['free', text.bytes(disk.freeBytes)],
    ]),
    ...problemLines(document.problems),
    ...(isRefused(document, disk.allowUnloadable) ? ['Saving this would be refused for the reasons above.'] : []),
    'Dry run: nothing was written.',
  ];
}

/** To the byte, but for the report, whose figures are not known yet. */
function plannedSize({ files }: QuantizeDocument, text: FigureText): string {
  const reports = files.filter(({ name }) => name.endsWith(REPORT_SUFFIX));
  const exact = files.filter(({ name }) => !name.endsWith(REPORT_SUFFIX));
  const size = `${text.exactBytes(sumOfBytes(exact))} in ${exact.length} file${exact.length === 1 ? '' : 's'}`;
  return reports.length === 0 ? size : `${size}, and a report of at most ${text.exactBytes(sumOfBytes(reports))}`;
}

function isRefused({ problems }: QuantizeDocument, allowUnloadable: boolean): boolean {
  return problems.some(({ severity }) => severity === 'refused' || (severity === 'unloadable' && !allowUnloadable));
}

function savedLines(document: QuantizeDocument, format: PackedFormat, context: CommandContext): string[] {
  const { text } = context;
  const { length } = document.files;
  return [
    ...errorTable(document.tensors, text),
    '',
    ...labelled([
      ...factsOf(document, context),
      ['saved', document.target],
      ['files', `${text.exactBytes(sumOfBytes(document.files))} in ${length} file${length === 1 ? '' : 's'}`],
      ['format', `${format.id}, loads in ${format.loaders.join(', ')}`],
    ]),
    ...(document.verified ? ['verified: every tensor was re-read and gives these figures'] : []),
    ...problemLines(document.problems),
    context.runLine(document.run),
  ];
}
