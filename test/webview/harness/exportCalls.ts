import { Failure } from '../../../src/core/failure.ts';
import { formatProblem } from '../../../src/core/formats/formatProblem.ts';
import type { MeasuredTensor, QuantizeDocument, Totals } from '../../../src/protocol/documents.ts';
import type { ExportChoice, FormatCard, HostEvents, ModelView, PageCalls } from '../../../src/protocol/page.ts';
import type { ExportScenario } from './scenario.ts';

/** What the fake host knows of the plan that is to be exported. */
export interface ExportedPlan {
  readonly model: ModelView;
  readonly tensors: readonly MeasuredTensor[];
  readonly totals: Totals;
}

const REPORT = 'tensor-loupe-report.json';

/** Cards of the formats; GPT-2's transposed layers make compressed-tensors one that no loader opens. */
export function cardsOf({ model, tensors, totals }: ExportedPlan): PageCalls['export/cards']['answer'] {
  const packed = tensors.filter(({ quantizer }) => quantizer !== null);
  const isTransposed = model.modelType === 'gpt2';
  const unloadable = isTransposed ? [formatProblem('unloadable', null, 'model/conv1d', { count: packed.length })] : [];
  const cards: FormatCard[] = [
    {
      id: 'compressed-tensors',
      summary: 'INT4 and INT8 by channel or group, in linear layers',
      loaders: ['vLLM', 'Transformers'],
      bytes: totals.stored_bytes,
      problems: unloadable,
    },
    {
      id: 'bitsandbytes',
      summary: 'NF4, FP4 and LLM.int8 in linear layers; the one that loads a quantized GPT-2',
      loaders: ['Transformers', 'vLLM'],
      bytes: null,
      problems: [
        formatProblem('refused', 'transformer.h.0.attn.c_attn.weight', 'quantizer/no-bitsandbytes', {
          quantizer: 'absmax 4 group 32',
        }),
      ],
    },
    {
      id: 'loupe',
      summary: 'Holds every quantizer; self-describing, one file or shards',
      loaders: ['Tensor Loupe', 'any safetensors library and twenty lines of numpy'],
      bytes: totals.stored_bytes,
      problems: [],
    },
    {
      id: 'dequantized',
      summary: 'Plain safetensors with the rounding applied, for evaluation',
      loaders: ['any safetensors loader'],
      bytes: model.storedBytes,
      problems: [],
    },
  ];
  return {
    cards,
    plan: { quantized: packed.length, kept: tensors.length - packed.length, words: 'absmax 4 group 32' },
  };
}

/** A card that refuses the plan, in place of the one of the same id. */
export function refusedCard(card: FormatCard): FormatCard {
  return {
    ...card,
    bytes: null,
    problems: [
      formatProblem('refused', 'transformer.h.0.attn.c_attn.weight', 'quantizer/bits', { bits: 3 }),
      formatProblem('refused', 'transformer.h.1.attn.c_attn.weight', 'quantizer/bits', { bits: 3 }),
    ],
  };
}

export function previewOf(
  plan: ExportedPlan,
  choice: ExportChoice,
  { exists = false, hasStrangers = false }: ExportScenario = {},
): PageCalls['export/preview']['answer'] {
  const out = choice.out ?? `models/gpt2-absmax4-g32${choice.format === 'dequantized' ? '-dequantized' : ''}`;
  const document = documentOf(plan, choice, out, exists);
  const refusal = new Failure('save/strangers', { path: out, files: 'notes.txt' });
  const { code, args, message: why } = refusal;
  const problems = hasStrangers ? [{ tensor: null, code, args, why, severity: 'refused' as const }] : [];
  return {
    out,
    document: { ...document, problems: [...document.problems, ...problems] },
    freeBytes: 214e9,
    exists,
    command: `loupe quantize models/model.safetensors --out ${out}`,
  };
}

export function documentOf(
  { model, tensors, totals }: ExportedPlan,
  choice: ExportChoice,
  target: string,
  exists: boolean,
): QuantizeDocument {
  const packed = tensors.filter(({ quantizer }) => quantizer !== null).length;
  const own = exists ? 'replace' : 'new';
  const bytes = choice.format === 'dequantized' ? model.storedBytes : totals.stored_bytes;
  const weights = `${packed} packed, ${tensors.length - packed} kept`;
  const side = ['generation_config.json', 'merges.txt', 'tokenizer.json', 'tokenizer_config.json', 'vocab.json'];
  return {
    schema: 'loupe/quantize/1',
    source: model.path,
    target,
    format: choice.format,
    recipe: {},
    dry_run: true,
    files: [
      { name: 'model.safetensors', bytes: bytes + 21_088, content: weights, action: own },
      { name: 'config.json', bytes: 4308, content: 'with quantization_config', action: own },
      ...(choice.copySideFiles
        ? side.map((name, at) => ({
            name,
            bytes: 124 + at * 98_765,
            content: 'copied from the source',
            action: 'copy' as const,
          }))
        : []),
      ...(choice.writeReport
        ? [{ name: REPORT, bytes: 18_946, content: 'recipe, figures per tensor', action: own } as const]
        : []),
    ],
    tensors,
    totals,
    problems: [formatProblem('note', null, 'copy/dangling-link', { file: 'vocab.bpe' })],
    verified: true,
    run: {
      version: '0.1.0',
      backend: 'wasm',
      backend_why: 'WebAssembly SIMD',
      threads: 2,
      seconds: 1.54,
      peak_memory_bytes: 41e6,
    },
  };
}

/** Half way through writing. */
export function progressOf({ model, tensors, totals }: ExportedPlan): HostEvents['export/progress'] {
  return {
    step: 'write',
    doneBytes: Math.round(model.storedBytes * 0.57),
    totalBytes: model.storedBytes,
    writtenBytes: Math.round(totals.stored_bytes * 0.57),
    doneTensors: Math.round(tensors.length * 0.57),
    totalTensors: tensors.length,
    current: tensors.slice(70, 72).map(({ name }) => name),
    bytesPerSecond: 215e6,
    secondsLeft: 0.5,
  };
}
