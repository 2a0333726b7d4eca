import { expect, test } from 'vitest';
import { BoundedCache } from '../../../src/session/batching/boundedCache.ts';

test('it forgets what was not used for longest', () => {
  const cache = new BoundedCache<number>(30, () => 10);
  for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) cache.set(key, value);
  cache.get('a');
  cache.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([1, null, 3, 4]);
});

test('a value larger than the cache is kept until the next one', () => {
  const cache = new BoundedCache<number>(30, (bytes) => bytes);
  cache.set('small', 20);
  cache.set('huge', 100);
  expect([cache.get('small'), cache.get('huge')]).toEqual([null, 100]);
  cache.set('small', 20);
  expect([cache.get('small'), cache.get('huge')]).toEqual([20, null]);
});

test('a value that is set again counts once', () => {
  const cache = new BoundedCache<number>(30, () => 10);
  for (let i = 0; i < 9; i++) cache.set('a', i);
  cache.set('b', 1);
  cache.set('c', 2);
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([8, 1, 2]);
});
