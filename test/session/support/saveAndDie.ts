/* Run as a process of its own: saves, and dies as by `kill -9` before the change to the disk with the number given. */
import { openSession } from '../../../src/session/session.ts';
import { failingFiles } from './failingFiles.ts';
import { fakePool } from './fakePool.ts';
import { fakeSave } from './fakeSave.ts';
import { planOf } from './planOf.ts';

const [source = '', out = '', dieAt = ''] = process.argv.slice(2);
const files = failingFiles((_change, _path, index) => {
  if (index === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  return null;
});
const session = await openSession(source, { version: '1', pool: fakePool(fakeSave), files });
const plan = planOf(session.model, 'dequantized', { id: 'absmax', bits: 8, unit: 'channel' });
await session.save(plan, { format: 'dequantized', out, force: true, maxShardBytes: 3e6 });
console.log(files.changes.join('\n'));
