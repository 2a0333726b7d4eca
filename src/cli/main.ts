import { runCommandLine } from './runCommandLine.ts';

/** A reader that has seen enough (`loupe inspect … | head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second Ctrl-C ends the process at once, as the default does.
  process.once(signal, () => abort.abort());
}

process.exitCode = await runCommandLine(process.argv.slice(2), process, abort.signal);
