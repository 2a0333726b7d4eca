/** `npm run pictures`: builds what ships and takes the pictures of docs/images and media/walkthrough in the real workbench. */
import { join } from 'node:path';
import { exitCodeOf, projectNode, root, setUp, withProjectNode } from './setup.mjs';

setUp({ production: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--project', 'pictures', ...process.argv.slice(2)];
process.exitCode = exitCodeOf(projectNode, args, { env: withProjectNode() });
