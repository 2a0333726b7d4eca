import { expect, test } from 'vitest';
import { probeKernels } from '../../src/kernels/probe.ts';
import { loadTestKernels } from './support/backends.ts';

test('the probe names every backend with a reason, and what it calls available loads', async () => {
  const probes = probeKernels();
  expect(probes.map(({ backend }) => backend)).toEqual(['wasm', 'ref']);
  for (const { backend, available, why } of probes) {
    expect(why).not.toBe('');
    if (!available) continue;
    const kernels = await loadTestKernels(backend);
    expect(kernels.backend).toBe(backend);
    expect(kernels.heapBase % 16).toBe(0);
  }
});

test('memory grows on demand, keeps its content and ends where it was asked to', async () => {
  for (const backend of ['ref', 'wasm'] as const) {
    const kernels = await loadTestKernels(backend);
    kernels.bytes()[kernels.heapBase] = 42;
    kernels.reserve(5_000_000);
    expect(kernels.bytes().length).toBeGreaterThanOrEqual(5_000_000);
    expect(kernels.bytes()[kernels.heapBase]).toBe(42);
  }
});
