import { expect, test } from 'vitest';
import type { FailureArgs } from '../../src/core/failure.ts';
import { type FailedState, faultKindOf, offsetOf } from '../../webview/states/faultKind.ts';

const stateOf = (code: string, args: FailureArgs = {}, offset: number | null = null): FailedState => ({
  kind: 'failed',
  path: 'model.safetensors',
  failure: { code: 'checkpoint/invalid', args: { safetensorsCode: code, ...args }, text: '', offset, tensor: null },
  canOpenHex: false,
});

test('a fault has the kind that says what to do', () => {
  expect(faultKindOf(stateOf('data/missing-bytes'))).toBe('cut');
  expect(faultKindOf(stateOf('file/git-lfs-pointer'))).toBe('lfs');
  expect(faultKindOf(stateOf('file/gguf'))).toBe('foreign');
  expect(faultKindOf(stateOf('file/vanished'))).toBe('missing');
  expect(faultKindOf(stateOf('file/no-access'))).toBe('system');
  expect(faultKindOf(stateOf('tensor/overlap'))).toBe('damaged');
});

test('the offset is the host\u2019s, else the byte of the message, else the end of a cut file', () => {
  expect(offsetOf(stateOf('tensor/overlap', { byte: 7 }, 12))).toBe(12);
  expect(offsetOf(stateOf('header/not-json', { byte: 7 }))).toBe(7);
  expect(offsetOf(stateOf('data/missing-bytes', { fileBytes: 99 }))).toBe(99);
  expect(offsetOf(stateOf('file/html', { fileBytes: 99 }))).toBeNull();
});
