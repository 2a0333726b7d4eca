import { EXIT } from './exitCode.ts';
import { runCommandLine } from './runCommandLine.ts';

/** Wrappers such as npx pass a Ctrl-C on that the process has got already: what comes this soon is the same one. */
const SAME_SIGNAL_MS = 1000;

/** A reader that has seen enough (`loupe inspect … | head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

const abort = new AbortController();
let abortedMs: number | null = null;
/** The first signal stops the job, which cleans up; one that comes later ends the process at once. */
function onSignal(): void {
  abortedMs ??= performance.now();
  if (performance.now() - abortedMs > SAME_SIGNAL_MS) process.exit(EXIT.aborted);
  abort.abort();
}
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

process.exitCode = await runCommandLine(process.argv.slice(2), process, abort.signal);
