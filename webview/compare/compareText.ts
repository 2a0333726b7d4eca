import type { Figures } from '../../src/core/metrics/figures.ts';
import { describeQuantizer } from '../../src/core/quantizers/describeQuantizer.ts';
import { csvRow, plainNumber } from '../../src/core/text/plainNumber.ts';
import { quantizerOf } from '../quantizer/chosenQuantizer.ts';
import type { Store } from '../store.ts';
import { type CompareRow, placesOf } from './compareRow.ts';

type Cell = string | number | null;

/** The comparison as tab-separated values: unrounded figures in plain C form, nothing for what is missing. */
export function compareAsText(store: Store, subject: string, rows: readonly CompareRow[]): string {
  const text = (cell: Cell): string => (typeof cell === 'number' ? plainNumber(cell) : (cell ?? ''));
  return `${linesOf(store, subject, rows)
    .map((line) => line.map(text).join('\t'))
    .join('\n')}\n`;
}

/** The same as CSV (RFC 4180). */
export function compareAsCsv(store: Store, subject: string, rows: readonly CompareRow[]): string {
  return `${linesOf(store, subject, rows).map(csvRow).join('\r\n')}\r\n`;
}

/** A head line and one a row: subject, letter, quantizer, bits, place, and every figure that any row has. */
function linesOf(store: Store, subject: string, rows: readonly CompareRow[]): Cell[][] {
  const keys = figureKeys(rows);
  const head = ['subject', 'letter', 'quantizer', 'bits_per_weight', 'pareto', ...keys.map(snakeCase)];
  const places = placesOf(rows);
  const lines = rows.map((row, at): Cell[] => {
    const { letter, spec, name, figures, bitsPerWeight } = row;
    const words = spec ? describeQuantizer(quantizerOf(store, spec)) : name;
    return [subject, letter, words, bitsPerWeight, places[at] ?? '', ...keys.map((key) => cellOf(figures, key))];
  });
  return [head, ...lines];
}

/** Figures that are one number, in the order in which they are defined. */
function figureKeys(rows: readonly CompareRow[]): (keyof Figures)[] {
  const isNumber = (value: unknown): boolean => value === null || typeof value === 'number';
  const keys = rows.flatMap(({ figures }) =>
    figures === null ? [] : Object.entries(figures).flatMap(([key, value]) => (isNumber(value) ? [key] : [])),
  );
  return [...new Set(keys)] as (keyof Figures)[];
}

function cellOf(figures: Figures | null, key: keyof Figures): Cell {
  if (key === 'sqnrDb' && figures?.exact) return 'exact';
  const value = figures?.[key] ?? null;
  return typeof value === 'number' ? value : null;
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
