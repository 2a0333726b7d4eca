import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exitCode.ts';
import { Failure, type FailureCode } from '../../src/core/failure.ts';

describe('the exit code', () => {
  it.each<[FailureCode, number]>([
    ['usage/invalid', 2],
    ['quantizer/unused-parameter', 2],
    ['recipe/matches-nothing', 2],
    ['tensor/not-found', 2],
    ['format/unknown', 2],
    ['file/not-found', 3],
    ['checkpoint/invalid', 3],
    ['checkpoint/incomplete', 3],
    ['format/unreadable', 3],
    ['verify/differs', 4],
    ['checkpoint/packed', 1],
    ['tensor/non-finite', 1],
    ['format/unloadable', 1],
    ['save/no-space', 1],
    ['worker/died', 1],
  ])('of %s is %i', (code, exit) => {
    expect(exitCodeOf(new Failure(code, {}))).toBe(exit);
  });
  it('of an abort is 130', () => {
    expect(exitCodeOf(new DOMException('stopped', 'AbortError'))).toBe(130);
  });
  it('of a bug is 1', () => {
    expect(exitCodeOf(new TypeError('x is undefined'))).toBe(1);
  });
});
