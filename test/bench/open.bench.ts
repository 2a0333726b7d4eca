import type { Benchmark } from './benchmark.ts';
import { benchOpenMany } from './openMany.ts';

export const benchmark: Benchmark = {
  title: 'Opening: headers only, whatever the size',
  async run() {
    const { tensors, shards, firstSeconds, warmSeconds, terabyteSeconds } = await benchOpenMany();
    const many = `open ${tensors} tensors in ${shards} shards`;
    const row = { peer: 'loupe', threads: 1 };
    return [
      { ...row, name: `${many}, first time`, seconds: firstSeconds },
      { ...row, name: `${many}, again`, seconds: warmSeconds },
      { ...row, name: 'open a sparse file of 1 TB', seconds: terabyteSeconds },
    ];
  },
};
