import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensorBytesOf } from 'safetensors-js';
import type { PartLayout } from '../../../src/core/formats/format.ts';
import type { StoredTensor, View2D } from '../../../src/core/model/model.ts';
import { hasZero } from '../../../src/core/quantizers/affineArithmetic.ts';
import type { AffineQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { PartTarget } from '../../../src/protocol/worker.ts';
import { storedAt, temporaryFolder } from './weightsFile.ts';

/** A target file of the right size, full of 0xEE, with a place for each part. */
export class TargetFile {
  readonly path: string;
  readonly targets: readonly PartTarget[];

  constructor(parts: readonly PartLayout[]) {
    this.path = join(temporaryFolder(), 'saved.safetensors');
    let offset = 7;
    this.targets = parts.map((part) => {
      const target = { part, path: this.path, offset };
      offset += tensorBytesOf(part) + 3;
      return target;
    });
    writeFileSync(this.path, Buffer.alloc(offset, 0xee));
  }

  /** Bytes of the part. */
  read(name: string): Uint8Array<ArrayBuffer> {
    const { part, offset } = this.#target(name);
    return new Uint8Array(readFileSync(this.path).subarray(offset, offset + tensorBytesOf(part)));
  }

  stored(name: string): StoredTensor {
    const { part, offset } = this.#target(name);
    return storedAt(this.path, { ...part, start: offset, end: offset + tensorBytesOf(part) });
  }

  /** True where no byte beside the parts was touched. */
  isCleanBetween(): boolean {
    const bytes = readFileSync(this.path);
    for (const { part, offset } of this.targets) bytes.fill(0xee, offset, offset + tensorBytesOf(part));
    return bytes.every((byte) => byte === 0xee);
  }

  cut(bytes: number): void {
    truncateSync(this.path, bytes);
  }

  #target(name: string): PartTarget {
    const target = this.targets.find(({ part }) => part.name === name);
    if (target === undefined) throw new Error(`no part ${name}`);
    return target;
  }
}

/** The parts of the Loupe layout for an affine quantizer. */
export function affineParts({ channels, inputs }: View2D, quantizer: AffineQuantizer, wordRows = false): PartLayout[] {
  const { bits, unit, scaleDtype } = quantizer;
  const rowBytes = wordRows ? Math.ceil((inputs * bits) / 32) * 4 : Math.ceil((inputs * bits) / 8);
  const groups = unit === 'group' ? Math.ceil(inputs / (quantizer.groupSize as number)) : 1;
  const slices = unit === 'tensor' ? [1] : [channels, groups];
  const parts: PartLayout[] = [
    { name: 'codes', dtype: 'U8', shape: [channels, rowBytes], content: { kind: 'codes', bits, rowBytes } },
    { name: 'scale', dtype: scaleDtype, shape: slices, content: { kind: 'scale' } },
  ];
  if (hasZero(quantizer.rule)) parts.push({ name: 'zero', dtype: 'F32', shape: slices, content: { kind: 'zero' } });
  return parts;
}
