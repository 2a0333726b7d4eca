import type { FigureText } from '../../core/text/figureText.ts';
import type { Progress } from '../../session/api.ts';

const CLEAR_LINE = '\r\u001b[2K';
const BAR_CHARACTERS = 24;
/** Some terminals do not tell their width, or say 0. */
const DEFAULT_COLUMNS = 80;
/** The time left is shown once there is something to judge it by. */
const SHOW_TIME_LEFT_AFTER_MS = 500;

const STEP_WORDS: Readonly<Record<Progress['step'], string>> = {
  scan: 'Scanning',
  measure: 'Measuring',
  write: 'Writing',
  verify: 'Verifying',
  place: 'Putting in place',
};

export interface ProgressStream {
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that rewrites itself, on a terminal only; it leaves nothing behind. */
export class ProgressBar {
  readonly #stream: ProgressStream;
  readonly #text: FigureText;
  #step: Progress['step'] | null = null;
  #stepStartMs = 0;
  #isShown = false;

  constructor(stream: ProgressStream, text: FigureText) {
    this.#stream = stream;
    this.#text = text;
  }

  readonly update = (progress: Progress): void => {
    if (progress.step !== this.#step) {
      this.#step = progress.step;
      this.#stepStartMs = performance.now();
    }
    const line = progressLine(progress, performance.now() - this.#stepStartMs, this.#text);
    this.#stream.write(CLEAR_LINE + line.slice(0, Math.max(0, (this.#stream.columns || DEFAULT_COLUMNS) - 1)));
    this.#isShown = true;
  };

  clear(): void {
    if (this.#isShown) this.#stream.write(CLEAR_LINE);
    this.#isShown = false;
  }
}

/** `Measuring  ████████░░░░  41%  12.3 MB of 30.1 MB  1.3 GB/s  2.1 s left` */
export function progressLine(progress: Progress, elapsedMs: number, text: FigureText): string {
  const { step, doneBytes, totalBytes } = progress;
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
  const full = Math.floor(share * BAR_CHARACTERS);
  const bar = '\u2588'.repeat(full) + '\u2591'.repeat(BAR_CHARACTERS - full);
  const parts = [
    STEP_WORDS[step],
    bar,
    text.percent(share, 0).padStart(4),
    `${text.bytes(doneBytes)} of ${text.bytes(totalBytes)}`,
  ];
  if (elapsedMs > SHOW_TIME_LEFT_AFTER_MS && doneBytes > 0) {
    const bytesPerSecond = doneBytes / (elapsedMs / 1000);
    parts.push(text.speed(bytesPerSecond), `${text.duration((totalBytes - doneBytes) / bytesPerSecond)} left`);
  }
  return parts.join('  ');
}
