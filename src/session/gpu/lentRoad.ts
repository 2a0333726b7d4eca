import { gpuText } from '../../core/text/gpuTexts.ts';
import { ChannelRoad } from './channelRoad.ts';
import type { GpuPort } from './gpuPort.ts';
import type { GpuRoad, GpuRoadName } from './gpuRoad.ts';
import { lendWeights } from './lentWeights.ts';

/** A road to whoever is lent the weights of each block, with its message. @param connect a new port; null: no page is open */
export function lentRoad(name: GpuRoadName, connect: () => GpuPort | null, patienceMs?: number): GpuRoad {
  return new ChannelRoad({
    name,
    connect: () => {
      const port = connect();
      return port === null ? gpuText('no-page-open') : { port, module: null };
    },
    weightsOf: lendWeights,
    patienceMs,
  });
}
