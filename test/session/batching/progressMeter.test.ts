import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from '../../../src/session/api.ts';
import { chunksOfTensors } from '../../../src/session/batching/batches.ts';
import { ProgressMeter } from '../../../src/session/batching/progressMeter.ts';
import { tensorOf } from '../support/tensors.ts';

const batch = chunksOfTensors([tensorOf('a', 64, 64), tensorOf('b', 64, 64)]);
const bytes = 2 * 64 * 64 * 2;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a call counts for its input, whatever its worker read', () => {
  const reports: Progress[] = [];
  const meter = new ProgressMeter('write', { bytes, tensors: 2 }, (progress) => reports.push(progress));
  const call = meter.begin(batch);
  call.advance(3 * bytes, 10);
  call.end();
  meter.finishTensors(2);
  meter.reportNow();
  expect(reports.at(-1)).toEqual({
    step: 'write',
    doneBytes: bytes,
    totalBytes: bytes,
    writtenBytes: 10,
    doneTensors: 2,
    totalTensors: 2,
    current: [],
  });
});

test('a call that failed counts for nothing', () => {
  const reports: Progress[] = [];
  const meter = new ProgressMeter('scan', { bytes, tensors: 2 }, (progress) => reports.push(progress));
  const call = meter.begin(batch);
  call.advance(100, 5);
  call.drop();
  meter.reportNow();
  expect(reports.at(-1)).toMatchObject({ doneBytes: 0, writtenBytes: 0, current: [] });
});

test('it reports at most ten times a second, with the tensors in work', () => {
  const reports: Progress[] = [];
  const meter = new ProgressMeter('scan', { bytes, tensors: 2 }, (progress) => reports.push(progress));
  const call = meter.begin(batch);
  for (let ms = 0; ms < 1000; ms += 10) {
    call.advance(1, 0);
    vi.advanceTimersByTime(10);
  }
  expect(reports.length).toBeLessThanOrEqual(10);
  expect(reports.length).toBeGreaterThan(8);
  expect(reports[0]?.current).toEqual(['a', 'b']);
});
