import { documentJson } from '../core/text/documentJson.ts';
import { FigureText, PLAIN_MARKS } from '../core/text/figureText.ts';
import type { RunInfo } from '../protocol/documents.ts';
import type { Progress, SessionApi } from '../session/api.ts';
import { ProgressBar } from './terminal/progressBar.ts';

/** The streams of the process. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What a session calls its backend before a worker was needed. */
const NO_BACKEND = 'none';

const DEFAULT_COLUMNS = 100;
const WIDEST = 160;

/** What a command has at hand: where to print, how figures read, when to stop. */
export class CommandContext {
  readonly version: string;
  readonly stop: AbortSignal;
  readonly text = new FigureText('en', undefined, PLAIN_MARKS);
  readonly #streams: Streams;
  readonly #isJson: boolean;
  readonly #startMs = performance.now();
  readonly #progressBar: ProgressBar | null;

  constructor(
    streams: Streams,
    options: { readonly version: string; readonly stop: AbortSignal; readonly isJson: boolean },
  ) {
    this.#streams = streams;
    this.version = options.version;
    this.stop = options.stop;
    this.#isJson = options.isJson;
    const hasTerminal = streams.stderr.isTTY && process.env.TERM !== 'dumb';
    this.#progressBar = hasTerminal ? new ProgressBar(streams.stderr, this.text) : null;
  }

  /** Characters of a line. */
  get columns(): number {
    return Math.min(WIDEST, this.#streams.stdout.columns || DEFAULT_COLUMNS);
  }

  /** Prints the result: the document with `--json`, else the lines. */
  print(document: object, lines: () => readonly string[]): void {
    this.#progressBar?.clear();
    this.#streams.stdout.write(this.#isJson ? documentJson(document) : `${lines().join('\n')}\n`);
  }

  /** Text for the person, never part of the result. */
  tell(line: string): void {
    this.#progressBar?.clear();
    this.#streams.stderr.write(`${line}\n`);
  }

  /** Hooks of a long job: the bar of a terminal, none in a pipe. */
  hooks(): { readonly stop: AbortSignal; readonly onProgress?: (progress: Progress) => void } {
    return { stop: this.stop, ...(this.#progressBar === null ? {} : { onProgress: this.#progressBar.update }) };
  }

  endProgress(): void {
    this.#progressBar?.clear();
  }

  /** Which kernels did the work and at what cost, so far. */
  runInfo(session: SessionApi): RunInfo {
    return {
      version: this.version,
      backend: session.backend.id,
      backend_why: session.backend.why,
      threads: session.threads,
      seconds: (performance.now() - this.#startMs) / 1000,
      peak_memory_bytes: peakMemoryBytes(),
    };
  }

  /** `wasm, 2 threads, 0.42 s, 131.2 MB peak memory`; without kernels where none was needed, and why where a GPU took part. */
  runLine({ backend, backend_why: why, threads, seconds, peak_memory_bytes }: RunInfo): string {
    const named = backend.includes('+') ? `${backend} (${why})` : backend;
    const kernels = backend === NO_BACKEND ? '' : `${named}, ${threads} thread${threads === 1 ? '' : 's'}, `;
    return `${kernels}${this.text.duration(seconds)}, ${this.text.bytes(peak_memory_bytes)} peak memory`;
  }
}

/** Node gives kilobytes on every platform. */
function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
