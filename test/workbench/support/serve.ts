/** Serves the workbench with the packed extension until it is interrupted: `node serve.ts WORKSPACE FILE`. */
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageExtension } from '../../../scripts/package.mjs';
import { hostFolder, installHost, installVsix, startHost } from './host.ts';
import { userSettings } from './settings.ts';

const [workspace, file] = process.argv.slice(2);
if (!workspace || !file) throw new Error('usage: serve.ts WORKSPACE FILE');

const served = join(hostFolder, '.cache', 'served');
const extensionsFolder = join(served, 'extensions');
const userDataFolder = join(served, 'user-data');
rmSync(served, { recursive: true, force: true });
mkdirSync(join(userDataFolder, 'User'), { recursive: true });
writeFileSync(join(userDataFolder, 'User', 'settings.json'), JSON.stringify(userSettings('dark'), null, 2));
// Before the .vsix: the first installation takes up the folders that it finds, later ones do not.
cpSync(fileURLToPath(new URL('../opener', import.meta.url)), join(extensionsFolder, 'tensor-loupe.opener-0.0.0'), {
  recursive: true,
});
installHost();
installVsix(packageExtension(join(served, 'tensor-loupe.vsix')), extensionsFolder, userDataFolder);

process.env.TENSOR_LOUPE_OPEN = file;
const host = await startHost({ workspace, extensionsFolder, userDataFolder });
console.log(`\nThe workbench, with the sample open, is at\n\n  ${host.url}\n\nCtrl+C stops it.`);

process.once('SIGINT', () => void host.stop());
process.once('SIGTERM', () => void host.stop());
await once(host.process, 'exit');
