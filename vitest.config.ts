import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Projects, so that one reporter counts them all:
 * `unit` needs only Node, `guards` reads the sources and the bundles, `page` opens the webview's page in a browser over a
 * fake host, `workbench` starts a real VS Code in a browser, `pictures` takes the documentation's pictures there and
 * tests nothing.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // A shared machine may be busy.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/workbench/**',
            'test/webview/page/**',
            'test/pictures/**',
            'test/guards/**',
            'test/electron/**',
            'test/bench/**',
          ],
        },
      },
      {
        resolve: { alias: { vscode: fileURLToPath(new URL('test/guards/support/noVscode.ts', import.meta.url)) } },
        test: { name: 'guards', include: ['test/guards/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'page',
          include: ['test/webview/page/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'workbench',
          globalSetup: 'test/workbench/support/prepare.ts',
          setupFiles: ['test/workbench/support/failurePictures.ts'],
          include: ['test/workbench/**/*.test.ts'],
          exclude: ['test/workbench/host/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'pictures',
          globalSetup: 'test/workbench/support/prepare.ts',
          setupFiles: ['test/workbench/support/failurePictures.ts'],
          include: ['test/pictures/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
