import { planShards, type ShardOptions, type TensorSpec } from 'safetensors-js';
import { describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

const metadata = (): ReadonlyMap<string, string> => new Map([['format', 'pt']]);
const bytes = (name: string, size: number): TensorSpec => ({ name, dtype: 'U8', shape: [size] });

function plan(groups: readonly (readonly TensorSpec[])[], options: Partial<ShardOptions> = {}) {
  return planShards(groups, { maxShardBytes: 10, metadata, ...options });
}

/** Names of the tensors in each shard. */
function namesOf(groups: readonly (readonly TensorSpec[])[]): string[][] {
  return plan(groups).shards.map(({ plan: { tensors } }) => tensors.map((tensor) => tensor.name).sort());
}

describe('planShards', () => {
  it('writes one file without an index when everything fits', () => {
    const { shards, index, totalBytes } = plan([[bytes('a', 4)], [bytes('b', 6)]]);
    expect(shards.map((shard) => shard.name)).toEqual(['model.safetensors']);
    expect(index).toBeNull();
    expect(totalBytes).toBe(10);
  });

  it('writes one empty file for no tensors', () => {
    const { shards, index } = plan([]);
    expect(shards.map((shard) => shard.plan.tensors)).toEqual([[]]);
    expect(index).toBeNull();
  });

  it('closes a file when the next tensor would overfill it, and fills it to the last byte', () => {
    expect(namesOf([[bytes('a', 6)], [bytes('b', 4)], [bytes('c', 1)]])).toEqual([['a', 'b'], ['c']]);
    expect(namesOf([[bytes('a', 6)], [bytes('b', 5)], [bytes('c', 5)]])).toEqual([['a'], ['b', 'c']]);
  });

  it('does not go back to a file that was closed', () => {
    expect(namesOf([[bytes('a', 2)], [bytes('b', 9)], [bytes('c', 1)], [bytes('d', 8)]])).toEqual([
      ['a'],
      ['b', 'c'],
      ['d'],
    ]);
  });

  it('gives a tensor above the limit a file of its own, numbered before the open one', () => {
    expect(namesOf([[bytes('a', 2)], [bytes('huge', 11)], [bytes('b', 8)]])).toEqual([['huge'], ['a', 'b']]);
  });

  it('keeps a group together', () => {
    const group = [bytes('codes', 6), bytes('scale', 3)];
    expect(namesOf([[bytes('a', 2)], group, [bytes('b', 1)]])).toEqual([['a'], ['b', 'codes', 'scale']]);
    expect(namesOf([[bytes('a', 2)], [...group, bytes('zeros', 3)], [bytes('b', 1)]])).toEqual([
      ['codes', 'scale', 'zeros'],
      ['a', 'b'],
    ]);
  });

  it('writes the index with the total and every tensor in the file that holds it', () => {
    const { shards, index, totalBytes } = plan([[bytes('10', 6)], [bytes('2', 4), bytes('__proto__', 1)]]);
    expect(shards.map((shard) => shard.name)).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    expect(totalBytes).toBe(11);
    expect(index).toBe(
      [
        '{',
        '  "metadata": {',
        '    "total_size": 11',
        '  },',
        '  "weight_map": {',
        '    "10": "model-00001-of-00002.safetensors",',
        '    "2": "model-00002-of-00002.safetensors",',
        '    "__proto__": "model-00002-of-00002.safetensors"',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('asks for the metadata of each file by the names that it holds', () => {
    const { shards } = plan([[bytes('a', 6)], [bytes('b', 6)]], {
      metadata: (names) => new Map([['holds', names.join()]]),
      baseName: 'adapter',
    });
    const texts = shards.map((shard) => new TextDecoder().decode(shard.plan.headerBytes));
    expect(texts[0]).toContain('"__metadata__":{"holds":"a"}');
    expect(texts[1]).toContain('"__metadata__":{"holds":"b"}');
    expect(shards[1]?.name).toBe('adapter-00002-of-00002.safetensors');
  });

  it('refuses one name in two files', async () => {
    const fault = await faultOf(() => plan([[bytes('a', 6)], [bytes('a', 6)]]));
    expect(fault.code).toBe('plan/duplicate-tensor');
  });

  it('refuses a limit that holds nothing', async () => {
    expect((await faultOf(() => plan([], { maxShardBytes: 0 }))).code).toBe('plan/bad-shard-size');
    expect((await faultOf(() => plan([], { maxShardBytes: Number.NaN }))).code).toBe('plan/bad-shard-size');
  });
});
