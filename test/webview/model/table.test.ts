import { expect, test } from 'vitest';
import { moveInGrid } from '../../../webview/model/map/gridKeys.ts';
import { layOutColumns } from '../../../webview/model/table/columns.ts';
import { compileFilter } from '../../../webview/model/table/filter.ts';
import { firstDirection } from '../../../webview/model/table/order.ts';
import { sparklinePath } from '../../../webview/model/table/sparkline.ts';
import { sharedPrefix } from '../../../webview/sharedPrefix.ts';
import { gpt2 } from '../harness/models.ts';
import { nanSummaryOf, summaryOf } from '../harness/weights.ts';

test('words match anywhere in a name, patterns a whole name or a suffix after a dot', () => {
  const name = 'transformer.h.0.attn.c_attn.weight';
  expect(compileFilter('')?.(name)).toBe(true);
  expect(compileFilter('c_att')?.(name)).toBe(true);
  expect(compileFilter('h.*.c_*.weight')?.(name)).toBe(true);
  expect(compileFilter('0.attn.{c_attn,c_proj}.weight')?.(name)).toBe(true);
  expect(compileFilter('*.bias')?.(name)).toBe(false);
});

test('a pattern with more alternatives than can be tried filters nothing and says so', () => {
  expect(compileFilter('{a,b}'.repeat(12))).toBeNull();
});

test('the shared prefix ends at a dot', () => {
  expect(sharedPrefix(['a.b.c', 'a.b.d', 'a.bb.c'])).toBe('a.');
  expect(sharedPrefix(['model.x', 'lm_head.weight'])).toBe('');
  expect(sharedPrefix(['only.one'])).toBe('');
});

const measure = (text: string): number => text.length * 7;
const idsAt = (width: number): string[] =>
  layOutColumns(width, 160, 'sqnr', null, measure).columns.map((column) => column.id);

test('columns leave in the order dtype, shape, bits, max diff, size', () => {
  const seen: string[] = [];
  let shown = idsAt(2000);
  for (let width = 2000; width > 100; width -= 1) {
    const next = idsAt(width);
    seen.push(...shown.filter((id) => !next.includes(id)));
    shown = next;
  }
  expect(seen).toEqual(['dtype', 'shape', 'bits', 'max-error', 'size']);
  expect(shown).toEqual(['name', 'histogram', 'sqnr']);
});

test('a metric of the scan has a column while the map is coloured by it', () => {
  const { columns } = layOutColumns(2000, 160, 'kurtosis', null, measure);
  expect(columns.at(-1)?.id).toBe('kurtosis');
});

test('a first click sorts the strong end of a metric to the top', () => {
  expect(firstDirection('sqnr').descending).toBe(false);
  expect(firstDirection('max-error').descending).toBe(true);
  expect(firstDirection('name').descending).toBe(false);
});

test('a sparkline is one closed path, and none of what was not counted', () => {
  const [row] = gpt2().tensors;
  if (!row) throw new Error('the model has tensors');
  expect(sparklinePath(summaryOf(row))).toMatch(/^M0 18L0 [\d.]+.*L64 18Z$/);
  expect(sparklinePath(nanSummaryOf(row))).toBeNull();
});

test('arrows, Home and End move in the grid, and short rows take the last column', () => {
  const columns = [5, 5, 2];
  expect(moveInGrid({ row: 0, column: 0 }, 'ArrowUp', false, columns)).toEqual({ row: 0, column: 0 });
  expect(moveInGrid({ row: 1, column: 4 }, 'ArrowDown', false, columns)).toEqual({ row: 2, column: 1 });
  expect(moveInGrid({ row: 1, column: 2 }, 'End', false, columns)).toEqual({ row: 1, column: 4 });
  expect(moveInGrid({ row: 1, column: 2 }, 'End', true, columns)).toEqual({ row: 2, column: 1 });
  expect(moveInGrid({ row: 1, column: 2 }, 'Home', true, columns)).toEqual({ row: 0, column: 0 });
  expect(moveInGrid({ row: 1, column: 2 }, 'x', false, columns)).toBeNull();
});
