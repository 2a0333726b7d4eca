import {
  englishOf,
  isSafetensorsError,
  SAFETENSORS_TEXTS,
  type SafetensorsCode,
  SafetensorsError,
} from 'safetensors-js';
import { describe, expect, it } from 'vitest';

describe('SafetensorsError', () => {
  it('carries a code, its arguments and an English message', () => {
    const error = SafetensorsError.of('data/missing-bytes', { missingBytes: 3, fileBytes: 7, expectedBytes: 10 });
    expect(error).toMatchObject({ name: 'SafetensorsError', code: 'data/missing-bytes', args: { missingBytes: 3 } });
    expect(error.message).toContain('3 bytes are missing');
  });

  it('names the file once it is known, and keeps the first', () => {
    const error = SafetensorsError.of('file/empty', {}, new Error('cause')).inFile('a.safetensors');
    expect(error.message).toBe('a.safetensors: The file is empty. Download it again.');
    expect(error.cause).toMatchObject({ message: 'cause' });
    expect(error.inFile('b')).toBe(error);
  });

  it('shortens arguments of any length in the message, not in the arguments', () => {
    const tensor = 'x'.repeat(10_000);
    const error = SafetensorsError.of('tensor/field-missing', { tensor, field: 'dtype', byte: 9 });
    expect(error.message.length).toBeLessThan(400);
    expect(error.args.tensor).toBe(tensor);
  });

  it('shows control and direction characters of a name as escapes', () => {
    const error = SafetensorsError.of('tensor/field-missing', {
      tensor: '\u001b[2J\n\u202ex',
      field: 'dtype',
      byte: 9,
    });
    expect(error.message).toContain('"\\u001b[2J\\u000a\\u202ex"');
  });

  it('is recognised by its name, whichever bundle made it', () => {
    const foreign = Object.assign(new Error('x'), { name: 'SafetensorsError', code: 'file/empty', args: {} });
    expect([foreign, new Error('x'), 'x', null].map(isSafetensorsError)).toEqual([true, false, false, false]);
  });

  it('has a text that is a sentence for every code', () => {
    for (const code of Object.keys(SAFETENSORS_TEXTS) as SafetensorsCode[]) {
      expect(englishOf(code, {}), code).toMatch(/[.]$/);
    }
  });
});
