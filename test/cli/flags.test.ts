import { describe, expect, it } from 'vitest';
import type { Flag } from '../../src/cli/flags/flag.ts';
import type { FlagValues } from '../../src/cli/flags/flagValues.ts';
import { nearestWord } from '../../src/cli/flags/nearest.ts';
import { parseFlags } from '../../src/cli/flags/parseFlags.ts';

const FLAGS: readonly Flag[] = [
  { name: 'bits', value: 'N', help: '' },
  { name: 'range', value: 'LOW,HIGH', help: '' },
  { name: 'include', value: 'GLOB', isRepeatable: true, help: '' },
  { name: 'force', help: '' },
  { name: 'help', short: 'h', help: '' },
];

function parse(...argv: string[]): FlagValues {
  return parseFlags('measure', argv, FLAGS);
}

describe('a command line', () => {
  it('may have its flags before, between and after the operands, with a space or an equals sign', () => {
    const values = parse('--bits', '4', 'a.safetensors', '--include=*.weight', '--include', 'b', '--force');
    expect(values.positionals).toEqual(['a.safetensors']);
    expect(values.wholeNumber('bits', 1, 8)).toBe(4);
    expect(values.list('include')).toEqual(['*.weight', 'b']);
    expect(values.has('force')).toBe(true);
    expect(values.given(['force', 'range'])).toEqual(['force']);
  });
  it('may give a value that begins with a minus', () => {
    expect(parse('--range', '-2,2').range('range')).toEqual({ low: -2, high: 2 });
  });
  it('takes everything after -- as operands', () => {
    expect(parse('--', '--bits').positionals).toEqual(['--bits']);
  });
  it.each([
    [['--bit', '4'], 'Did you mean --bits?'],
    [['--includ=x'], 'Did you mean --include?'],
    [['--quux'], 'See loupe measure --help.'],
    [['-x'], 'has no flag -x'],
    [['--bits'], '--bits needs a value: --bits N.'],
    [['--bits', '--force'], '--bits needs a value'],
    [['--bits='], '--bits needs a value'],
    [['--force=yes'], '--force takes no value.'],
    [['--bits', '4', '--bits', '5'], '--bits is given twice.'],
  ])('%j is refused', (argv, message) => {
    expect(() => parse(...argv)).toThrow(message);
  });
});

describe('the value of a flag', () => {
  it.each([
    ['4.5', 'whole number from 1 to 8'],
    ['0', 'whole number from 1 to 8'],
    ['four', 'not four'],
  ])('--bits %s is refused', (text, message) => {
    expect(() => parse('--bits', text).wholeNumber('bits', 1, 8)).toThrow(message);
  });
  it.each(['1', '2,1', '1,1', '1,2,3', 'a,b', ','])('--range %s is refused', (text) => {
    expect(() => parse('--range', text).range('range')).toThrow(/--range/);
  });
  it.each([
    ['500MB', 500e6],
    ['5GB', 5e9],
    ['1.5 kB', 1500],
    ['123', 123],
  ])('a size of %s is %i bytes', (text, bytes) => {
    expect(parse('--bits', text).bytes('bits')).toBe(bytes);
  });
  it.each(['0', 'GB', '5XB', '-1MB', '5 eggs'])('a size of %s is refused', (text) => {
    expect(() => parse('--bits', text).bytes('bits')).toThrow('a size such as 500MB or 5GB');
  });
  it('is one of its choices, in any case', () => {
    expect(parse('--bits', 'bf16').choice('bits', ['F16', 'BF16'])).toBe('BF16');
    expect(() => parse('--bits', 'F64').choice('bits', ['F16', 'BF16'])).toThrow('Allowed: F16, BF16.');
  });
  it('is null where the flag was not given', () => {
    const values = parse();
    expect([values.text('bits'), values.number('bits'), values.bytes('bits'), values.range('range')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(values.list('include')).toEqual([]);
  });
});

describe('the word that was probably meant', () => {
  const words = ['inspect', 'scan', 'measure', 'quantize', 'verify'];

  it.each([
    ['quantise', 'quantize'],
    ['quant', 'quantize'],
    ['mesure', 'measure'],
    ['scna', null],
    ['frobnicate', null],
    ['', null],
  ])('%s: %s', (typed, word) => {
    expect(nearestWord(typed, words)).toBe(word);
  });
});
