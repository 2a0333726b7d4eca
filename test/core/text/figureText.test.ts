import { describe, expect, it } from 'vitest';
import { columnDecimals } from '../../../src/core/text/columnDecimals.ts';
import { DECIBEL_DIGITS, FigureText, MISSING, PLAIN_MARKS } from '../../../src/core/text/figureText.ts';
import { csvRow, plainNumber } from '../../../src/core/text/plainNumber.ts';

const english = new FigureText('en');
const german = new FigureText('de', { exact: 'exakt' });

describe('figures in English', () => {
  it.each([
    [0, '0\u00a0B'],
    [999, '999\u00a0B'],
    [1000, '1.0\u00a0kB'],
    [313_360, '313.4\u00a0kB'],
    [999_990, '1.00\u00a0MB'],
    [3_538_944, '3.54\u00a0MB'],
    [9_994_000, '9.99\u00a0MB'],
    [150_300_000, '150.3\u00a0MB'],
    [1_500_000_000, '1.5\u00a0GB'],
    [1e12, '1.0\u00a0TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(english.bytes(bytes)).toBe(text);
  });
  it('give bytes to the byte where they are the point', () => {
    expect(english.exactBytes(153_132_527)).toBe('153,132,527\u00a0B');
  });
  it('have decibels with as many decimals as their place asks for', () => {
    const figures = { sqnrDb: 17.8912, exact: false };
    expect(english.decibels(figures, DECIBEL_DIGITS.map)).toBe('17.9');
    expect(english.sqnr(figures)).toBe('17.89\u00a0dB');
    expect(english.decibels(figures, DECIBEL_DIGITS.verification)).toBe('17.8912');
  });
  it('are exact without error, and missing without energy', () => {
    expect(english.sqnr({ sqnrDb: null, exact: true })).toBe('exact');
    expect(english.sqnr({ sqnrDb: null, exact: false })).toBe(MISSING);
  });
  it('have the squared error in e notation with a minus of U+2212', () => {
    expect(english.meanSquaredError(6.504e-4)).toBe('6.50e\u22124');
    expect(english.meanSquaredError(12345)).toBe('1.23e4');
    expect(english.meanSquaredError(0)).toBe('0');
  });
  it('have 5 decimals of cosine, 2 of bits, 1 of percent', () => {
    expect(english.cosine(0.999971)).toBe('0.99997');
    expect(english.bits(4.5)).toBe('4.50');
    expect(english.percent(0.954)).toBe('95.4%');
  });
  it('have the clipped share with 2 decimals, and below 0.01 % the count', () => {
    expect(english.clipped(0.003, 1000)).toBe('0.30%');
    expect(english.clipped(0.00002, 1_000_000)).toBe('20');
    expect(english.clipped(0, 1000)).toBe('0.00%');
    expect(english.clipped(null, 1000)).toBe(MISSING);
  });
  it('show a change with its sign', () => {
    expect(english.change(261_700_000, 139_600_000)).toBe('\u221246.7%');
    expect(english.change(100, 150)).toBe('+50.0%');
    expect(english.change(0, 1)).toBe(MISSING);
  });
  it('show small and large values in e notation, and no negative zero', () => {
    expect(english.value(-6.6612)).toBe('\u22126.661');
    expect(english.value(1.5e-7)).toBe('1.500e\u22127');
    expect(english.value(-0)).toBe('0');
    expect(english.decimals(-0.001, 2)).toBe('0.00');
  });
  it('show counts in short, times and shapes', () => {
    expect(english.shortCount(124_439_808)).toBe('124.4\u00a0M');
    expect(english.shortCount(12)).toBe('12');
    expect(english.duration(0.114)).toBe('0.11\u00a0s');
    expect(english.duration(200)).toBe('3\u00a0min 20\u00a0s');
    expect(english.shape([768, 2304])).toBe('768 \u00d7 2304');
    expect(english.ratio(3.519)).toBe('3.52\u00d7');
  });
  it('are a dash where they are missing, also marked as an estimate', () => {
    for (const text of [english.bytes(null), english.count(null), english.value(null), english.scientific(null)]) {
      expect(text).toBe(MISSING);
    }
    expect(english.estimated(MISSING)).toBe(MISSING);
    expect(english.estimated('4.2')).toBe('\u22484.2');
  });
});

describe('figures in another language', () => {
  it('have its separators and words', () => {
    expect(german.exactBytes(153_132_527)).toBe('153.132.527\u00a0B');
    expect(german.meanSquaredError(6.5e-4)).toBe('6,50e\u22124');
    expect(german.percent(0.954)).toBe('95,4\u00a0%');
    expect(german.sqnr({ sqnrDb: null, exact: true })).toBe('exakt');
  });
});

describe('figures in a terminal', () => {
  const plain = new FigureText('en', undefined, PLAIN_MARKS);

  it('are of ASCII alone, so that other tools read them', () => {
    const texts = [
      plain.bytes(3_538_944),
      plain.scientific(6.5e-4),
      plain.change(2, 1),
      plain.shape([2, 3]),
      plain.count(null),
    ];
    expect(texts).toEqual(['3.54 MB', '6.50e-4', '-50.0%', '2 x 3', '-']);
    expect(plain.estimated('4.2')).toBe('~4.2');
  });
});

describe('a column of errors', () => {
  it('has the decimals that give its median three digits', () => {
    expect(columnDecimals([0.475, 0.447, 0.183])).toBe(3);
    expect(columnDecimals([0.0475, 0.0447, 0.0183])).toBe(4);
    expect(columnDecimals([12.5, 14.75, 99])).toBe(1);
  });
  it('is not led astray by zeros and missing values', () => {
    expect(columnDecimals([0, null, 0.0475])).toBe(4);
    expect(columnDecimals([])).toBe(3);
  });
});

describe('numbers for exports', () => {
  it('are unrounded, in the C form', () => {
    expect(plainNumber(0.1 + 0.2)).toBe('0.30000000000000004');
    expect(plainNumber(-1e-7)).toBe('-1e-7');
    expect(plainNumber(null)).toBe('');
  });
  it('stand in CSV rows, where text with a comma or quote is quoted', () => {
    expect(csvRow(['a.weight', 1.5, null, 'say "x", y'])).toBe('a.weight,1.5,,"say ""x"", y"');
  });
});
