import type { AffineQuantizer, AffineRule } from '../../core/quantizers/quantizer.ts';
import { float, storeScaleText } from './prelude.ts';

/** WGSL of core/quantizers/affineArithmetic.ts: `derive` gives scale, zero and multiplier of a range, `restore` a weight's x'. */
export function affineText(quantizer: AffineQuantizer): string {
  const { scaleDtype, divisor, lo, hi, bits } = quantizer;
  return `
${storeScaleText(scaleDtype)}
const DIVISOR = ${float(divisor)};
const LO = ${float(lo)};
const HI = ${float(hi)};
const MIDDLE = ${float(2 ** (bits - 1))};
struct Grid { scale: f32, zero: f32, multiplier: f32 }
fn derive(low: f32, high: f32) -> Grid { ${derivations(quantizer)[quantizer.rule]} }
fn restore(x: f32, grid: Grid) -> f32 { ${RESTORATIONS[quantizer.rule]} }
`;
}

function derivations({ bits, scaleDtype, zeroScale }: AffineQuantizer): Readonly<Record<AffineRule, string>> {
  const zeros = `Grid(${float(zeroScale ?? 1)}, 0.0, 0.0)`;
  // With a narrow scale the multiplier follows from what is stored.
  const stored =
    scaleDtype === 'F32' ? 'Grid(1.0 / s, z, s)' : 'Grid(storeScale(1.0 / s), z, 1.0 / storeScale(1.0 / s))';
  const settle = `var s = exact; var z = 0.0; let grid = ${stored}; z = -grid.multiplier * low;`;
  return {
    symmetric: `if (high == 0.0) { return ${zeros}; } return Grid(storeScale(high / DIVISOR), 0.0, 0.0);`,
    'integer-zero': `if (high == low) { return ${zeros}; }
      let scale = storeScale((high - low) / DIVISOR);
      return Grid(scale, clamp(round(LO - low / scale), LO, HI), 0.0);`,
    multiplied: `let difference = high - low;
      let exact = DIVISOR / select(difference, 1.0, difference == 0.0);
      ${settle} return Grid(grid.scale, clamp(round(z - MIDDLE), -HUGE, HUGE), grid.multiplier);`,
    'float-zero': `let difference = high - low;
      let exact = min(select(DIVISOR * (1.0 / difference), 1.0, difference <= 1e-4), 2e4);
      ${settle} return Grid(grid.scale, ${bits === 4 ? 'round(z)' : 'z'}, grid.multiplier);`,
    cells: `if (high == low) { return Grid(0.0, low, 0.0); } return Grid(storeScale((high - low) / DIVISOR), low, 0.0);`,
    'row-absmax': 'return Grid(high, 0.0, 0.0);',
  };
}

const RESTORATIONS: Readonly<Record<AffineRule, string>> = {
  symmetric: 'return clamp(round(x / grid.scale), LO, HI) * grid.scale;',
  'integer-zero': 'return (clamp(round(x / grid.scale + grid.zero), LO, HI) - grid.zero) * grid.scale;',
  multiplied: 'return (clamp(round(x * grid.multiplier + grid.zero), LO, HI) - grid.zero) * grid.scale;',
  'float-zero': 'return (clamp(round(x * grid.multiplier + grid.zero), LO, HI) - grid.zero) * grid.scale;',
  cells: `if (grid.scale == 0.0) { return grid.zero; }
    return grid.zero + (clamp(floor((x - grid.zero) / grid.scale), LO, HI) + 0.5) * grid.scale;`,
  'row-absmax': 'return x;',
};
