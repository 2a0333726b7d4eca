import type { Dtype } from 'safetensors-js';
import { torchNameOf } from '../../model/modelConfig.ts';
import type { BlockTable } from '../../quantizers/blockCodebook.ts';
import { NESTED_BLOCK } from '../../quantizers/nestedScales.ts';
import type { PartLayout } from '../format.ts';

type StateText = Extract<PartLayout['content'], { readonly kind: 'text' }>;

/** The longest that an F32 offset is printed: `-1.2345678901234567e-38`. */
const MOST_OFFSET_CHARACTERS = 24;

/** What `quant_state` says of a weight [out, in]. */
export interface QuantState {
  readonly table: BlockTable;
  readonly blockSize: number;
  readonly dtype: Dtype;
  readonly shape: readonly [number, number];
}

/** The text as Python's `json.dumps` writes it, keys in the library's order; with `nested` up to the value of its offset. */
export function quantStateText({ table, blockSize, dtype, shape }: QuantState, nested: boolean): string {
  const plain = `{"quant_type": "${table}", "blocksize": ${blockSize}, "dtype": "${torchNameOf(dtype)}", "shape": [${shape.join(', ')}]`;
  if (!nested) return `${plain}}`;
  return `${plain}, "nested_blocksize": ${NESTED_BLOCK}, "nested_dtype": "float32", "nested_offset": `;
}

/** The content and the length of a nested state, whose offset is known only after the search. */
export function nestedStateContent(state: QuantState): { readonly content: StateText; readonly bytes: number } {
  const before = quantStateText(state, true);
  const content: StateText = { kind: 'text', textOf: 'bitsandbytes-state', before, after: '}' };
  return { content, bytes: before.length + MOST_OFFSET_CHARACTERS + 1 };
}

/** Bytes of a text of ASCII, as a state is. */
export function asciiOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The text of a state with its offset, padded with spaces to its length. */
export function bitsandbytesStateText({ before, after }: StateText, offset: number): string {
  const text = `${before}${pythonNumber(offset)}${after}`;
  return text.padEnd(before.length + MOST_OFFSET_CHARACTERS + after.length, ' ');
}

/** A double as Python prints it: `0.25`, `1.0`, `1.5e-07`, `1e+16`. */
function pythonNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(value);
  // JavaScript prints 1e-5 and beyond in exponents, so here are plain decimals only.
  return plain.includes('.') ? plain : `${plain}.0`;
}
