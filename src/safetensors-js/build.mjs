/**
 * Makes `dist/`, which is what is published (`npm publish ./dist`): JavaScript and type declarations of the sources, and
 * a package.json whose exports lead to them. Inside the repository the exports lead to the sources themselves.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = join(root, 'dist');

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const { bin } = JSON.parse(await readFile(typescript, 'utf8'));

await rm(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(dirname(typescript), bin.tsc), '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});

const { scripts: _notPublished, exports, ...manifest } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const builtExports = Object.fromEntries(
  Object.entries(exports).map(([name, path]) => {
    if (!path.endsWith('.ts')) return [name, path];
    return [name, { types: path.replace(/\.ts$/, '.d.ts'), default: path.replace(/\.ts$/, '.js') }];
  }),
);
await writeFile(join(dist, 'package.json'), `${JSON.stringify({ ...manifest, exports: builtExports }, null, 2)}\n`);
for (const name of ['README.md', 'LICENSE']) await copyFile(join(root, name), join(dist, name));
