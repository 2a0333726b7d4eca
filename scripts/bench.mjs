/** `npm run bench [-- [--quick] [--keep] [--backend webgpu] FILTER...]`: builds what ships and runs `test/bench/*.bench.ts` under the project's Node 24. */
import { join } from 'node:path';
import { root, runNode, setUp } from './setup.mjs';

setUp({ production: true });
runNode(['--expose-gc', join(root, 'test', 'bench', 'run.ts'), ...process.argv.slice(2)]);
