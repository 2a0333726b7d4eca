import { expect, test } from 'vitest';
import { luminance, mixOklab, parseColour, readableText } from '../../../webview/charts/colour.ts';

test('hex and rgb colours are read, anything else is not', () => {
  expect(parseColour('#FFC14D')).toEqual([255, 193, 77]);
  expect(parseColour('#fff')).toEqual([255, 255, 255]);
  expect(parseColour('rgb(31, 31, 31)')).toEqual([31, 31, 31]);
  expect(parseColour('rgba(31 31 31 / 50%)')).toEqual([31, 31, 31]);
  expect(parseColour('tomato')).toBeNull();
});

test('mixing in Oklab gives the colours of the reference scale', () => {
  const background = [31, 31, 31] as const;
  const attention = [255, 193, 77] as const;
  const expected: readonly (readonly [number, string])[] = [
    [0.1, '#322d26'],
    [0.46, '#7d643a'],
    [1, '#ffc14d'],
  ];
  for (const [share, hex] of expected) {
    const mixed = mixOklab(attention, background, share);
    const difference = mixed.map((channel, at) => Math.abs(channel - (parseColour(hex)?.[at] ?? 0)));
    expect(Math.max(...difference), hex).toBeLessThanOrEqual(2);
  }
});

test('text is black or white, and contrasts at least 4.58 to 1 with any grey', () => {
  expect(readableText([0, 0, 0])).toBe('#ffffff');
  expect(readableText([255, 255, 255])).toBe('#000000');
  for (let grey = 0; grey < 256; grey += 1) {
    const background = luminance([grey, grey, grey]) + 0.05;
    const text = readableText([grey, grey, grey]) === '#000000' ? 0.05 : 1.05;
    expect(Math.max(background, text) / Math.min(background, text)).toBeGreaterThan(4.58);
  }
});
