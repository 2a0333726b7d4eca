/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Weights as quantizers meet them, by name; every generator is seeded by the caller. */
export const DISTRIBUTIONS: Readonly<Record<string, (random: () => number) => number>> = {
  normal: (random) => 0.02 * normal(random),
  'multiples of a half': (random) => Math.round(random() * 64 - 32) / 2,
  denormal: (random) => (random() - 0.5) * 1e-40,
  huge: (random) => (random() - 0.5) * 6.8e38,
  'any finite bits': (random) => anyFinite(random),
  'zeros of both signs': (random) => (random() < 0.5 ? 0 : -0),
  shifted: (random) => 3 + 0.1 * normal(random),
  sparse: (random) => (random() < 0.9 ? (random() < 0.5 ? 0 : -0) : normal(random)),
  outliers: (random) => (random() < 0.01 ? 1e6 : 1) * normal(random),
};

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function anyFinite(random: () => number): number {
  do bits[0] = Math.floor(random() * 2 ** 32);
  while (!Number.isFinite(float[0]));
  return float[0] as number;
}

/** `n` F32 of a distribution. */
export function floatsOf(distribution: (random: () => number) => number, n: number, seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length: n }, () => distribution(random));
}

/** `n` random bytes. */
export function bytesOf(n: number, seed: number): Uint8Array {
  const random = seeded(seed);
  return Uint8Array.from({ length: n }, () => Math.floor(random() * 256));
}
