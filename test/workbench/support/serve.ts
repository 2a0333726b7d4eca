/** Serves the workbench with the packed extension until it is interrupted: `node serve.ts WORKSPACE FILE`. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageExtension } from '../../../scripts/package.mjs';
import { hostFolder, installHost, installVsix, startHost } from './host.ts';

const [workspace, file] = process.argv.slice(2);
if (!workspace || !file) throw new Error('usage: serve.ts WORKSPACE FILE');

const served = join(hostFolder, '.cache', 'served');
const extensionsFolder = join(served, 'extensions');
const userDataFolder = join(served, 'user-data');
mkdirSync(extensionsFolder, { recursive: true });
installHost();
installVsix(packageExtension(join(served, 'tensor-loupe.vsix')), extensionsFolder, userDataFolder);

const host = await startHost({ workspace, extensionsFolder, userDataFolder });
const url = new URL(host.url);
// The workbench opens what this asks for, as `code FILE` does.
url.searchParams.set('payload', JSON.stringify([['openFile', `vscode-remote://${url.host}${file}`]]));
console.log(`\nThe workbench is at\n\n  ${url.href}\n\nCtrl+C stops it.`);

process.once('SIGINT', () => void host.stop());
process.once('SIGTERM', () => void host.stop());
await once(host.process, 'exit');
