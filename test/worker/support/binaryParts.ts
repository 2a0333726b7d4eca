import type { PartLayout } from '../../../src/core/formats/format.ts';
import type { PackedBinary, TensorSource, View2D } from '../../../src/core/model/model.ts';
import type { BinaryQuantizer } from '../../../src/core/quantizers/quantizer.ts';
import type { TargetFile } from './targets.ts';

/** The parts of the Loupe layout for sign planes. */
export function binaryParts({ channels, inputs }: View2D, { planes, groupSize }: BinaryQuantizer): PartLayout[] {
  const count = planes.length;
  const slices = channels * Math.ceil(inputs / (groupSize ?? inputs));
  return [
    { name: 'planes', dtype: 'U8', shape: [count, Math.ceil(channels / 8), inputs], content: { kind: 'planes' } },
    { name: 'alpha', dtype: 'F16', shape: [slices, count], content: { kind: 'alpha' } },
  ];
}

/** What a target file holds after a pass. */
export function packedPlanes({ view }: TensorSource, quantizer: BinaryQuantizer, file: TargetFile): PackedBinary {
  return {
    kind: 'binary',
    view,
    planes: file.stored('planes'),
    planeCount: quantizer.planes.length,
    unit: quantizer.unit,
    groupSize: quantizer.groupSize ?? view.inputs,
    alpha: file.stored('alpha'),
  };
}
