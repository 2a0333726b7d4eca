/**
 * ln x of a positive, finite, normal double, to within 1 unit of the last place. `Math.log` differs between engines; this is
 * made of operations that IEEE 754 defines to the bit. Source: the algorithm and coefficients of `__ieee754_log` in FreeBSD's
 * msun (Sun Microsystems, 1993): x = 2^k·f with f in [√½, √2), ln f by a polynomial in s = (f - 1) / (f + 1).
 */
export function naturalLog(x: number): number {
  const words = wordsOf(x);
  let exponent = ((words.high >>> 20) & 0x7ff) - 1023;
  let f = withExponentOfOne(words);
  if (f > Math.SQRT2) {
    f /= 2;
    exponent++;
  }
  const g = f - 1;
  const s = g / (2 + g);
  const z = s * s;
  const w = z * z;
  const odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const even = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * g * g;
  return exponent * LN2_HIGH - (half - (s * (half + (odd + even)) + exponent * LN2_LOW) - g);
}

/** ln 2 in two parts, so that its product with an exponent is exact in the upper one. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** The index of the upper 32 bits. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

interface Words {
  readonly high: number;
  readonly low: number;
}

function wordsOf(x: number): Words {
  double[0] = x;
  return { high: halves[HIGH]!, low: halves[1 - HIGH]! };
}

/** The significand in [1, 2). */
function withExponentOfOne({ high, low }: Words): number {
  halves[HIGH] = (high & 0x000fffff) | 0x3ff00000;
  halves[1 - HIGH] = low;
  return double[0]!;
}
