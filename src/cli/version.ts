import { readFileSync } from 'node:fs';

/** The version of the package that the bundle lies in: `dist/cli.js` beside `package.json`'s folder. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version?: unknown }).version);
}
