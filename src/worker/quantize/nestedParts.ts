import { asciiOf, bitsandbytesStateText } from '../../core/formats/bitsandbytes/quantState.ts';
import type { PartLayout } from '../../core/formats/format.ts';
import { NESTED_BLOCK, type NestedScales } from '../../core/quantizers/nestedScales.ts';
import type { PartTarget } from '../../protocol/worker.ts';
import type { CallScope } from '../callScope.ts';

type NestedContent = Extract<
  PartLayout['content'],
  { readonly kind: 'nested-codes' | 'nested-scale' | 'nested-offset' | 'text' }
>;

/**
 * Writes what a chunk gives of block scales that are quantized in turn; it begins with a nested block. What is one of the
 * tensor comes from the first chunk.
 * @param firstBlock of the chunk
 * @throws Failure `save/*`
 */
export function writeNestedPart(
  scope: CallScope,
  { path, offset }: PartTarget,
  content: NestedContent,
  firstBlock: number,
  nested: NestedScales,
  mean: number,
): void {
  switch (content.kind) {
    case 'nested-codes':
      scope.write(path, offset + firstBlock, nested.codes);
      return;
    case 'nested-scale':
      scope.write(path, offset + (4 * firstBlock) / NESTED_BLOCK, bytesOf(nested.scales));
      return;
    case 'nested-offset':
      if (firstBlock === 0) scope.write(path, offset, bytesOf(Float32Array.of(mean)));
      return;
    case 'text':
      if (firstBlock === 0) scope.write(path, offset, asciiOf(bitsandbytesStateText(content, mean)));
      return;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
