import type { QuantizerSpec } from '../../core/quantizers/quantizer.ts';
import type { ExportChoice } from '../../protocol/page.ts';

/** The command that saves the same bytes headless, ready to paste into a POSIX shell. */
export function commandLineOf(
  source: string,
  what: QuantizerSpec | string | null,
  choice: ExportChoice & { readonly out: string },
): string {
  const words = ['loupe', 'quantize', source];
  if (typeof what === 'string') words.push('--recipe', what);
  else if (what) words.push(...quantizerFlags(what));
  words.push('--format', choice.format, '--out', choice.out);
  if (choice.dtype) words.push('--dtype', choice.dtype);
  if (choice.maxShard !== '5GB') words.push('--max-shard-size', choice.maxShard);
  if (choice.force) words.push('--force');
  if (choice.allowUnloadable) words.push('--allow-unloadable');
  return words.map(shellWord).join(' ');
}

function quantizerFlags(spec: QuantizerSpec): string[] {
  const flags = ['--quantizer', spec.id];
  if (spec.bits !== undefined) flags.push('--bits', String(spec.bits));
  if (spec.unit !== undefined) flags.push('--unit', spec.unit);
  if (spec.groupSize !== undefined) flags.push('--group-size', String(spec.groupSize));
  if (spec.scaleDtype !== undefined) flags.push('--scale-dtype', spec.scaleDtype);
  if (spec.asymmetric) flags.push('--asymmetric');
  return flags;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
