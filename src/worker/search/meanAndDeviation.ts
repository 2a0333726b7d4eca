import type { MeanAndDeviation } from '../../core/search/clippedRange.ts';
import { RUN_ELEMENTS } from '../../kernels/kernels.ts';
import type { CallScope } from '../callScope.ts';
import { elementsOfTensor, passOver, type WholeTensor } from './wholeTensor.ts';

/** Mean and standard deviation of the population, in two passes, so that nothing cancels. @param tensor with one element at least */
export async function meanAndDeviationOf(scope: CallScope, tensor: WholeTensor): Promise<MeanAndDeviation> {
  const count = elementsOfTensor(tensor);
  const mean = (await sumOver(scope, tensor, (x) => x)) / count;
  const squares = await sumOver(scope, tensor, (x) => (x - mean) * (x - mean));
  return { mean, deviation: Math.sqrt(squares / count) };
}

/** In double over runs of 4,096 elements: element i in lane i mod 4, lanes folded (0+1)+(2+3), runs added in order. */
async function sumOver(scope: CallScope, tensor: WholeTensor, term: (x: number) => number): Promise<number> {
  const lanes = new Float64Array(4);
  let total = 0;
  let inRun = 0;
  const closeRun = (): void => {
    total += lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
    lanes.fill(0);
    inRun = 0;
  };
  await passOver(scope, tensor, () => (x, n) => {
    const values = scope.arena.floatsAt(x, n);
    for (let i = 0; i < n; i++) {
      lanes[inRun & 3]! += term(values[i]!);
      if (++inRun === RUN_ELEMENTS) closeRun();
    }
  });
  closeRun();
  return total;
}
