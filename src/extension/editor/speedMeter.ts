/** Bytes per second over the last two seconds, and the time left; nothing before half a second has passed. */
export class SpeedMeter {
  private readonly now: () => number;
  private readonly started: number;
  private readonly points: { at: number; bytes: number }[] = [];

  constructor(now: () => number = Date.now) {
    this.now = now;
    this.started = now();
  }

  measure({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): {
    bytesPerSecond: number | null;
    secondsLeft: number | null;
  } {
    const at = this.now();
    // A new step (writing, then verifying) counts its bytes from zero again.
    if (doneBytes < (this.points.at(-1)?.bytes ?? 0)) this.points.length = 0;
    this.points.push({ at, bytes: doneBytes });
    while ((this.points[1]?.at ?? at) < at - WINDOW_MS) this.points.shift();
    const [first] = this.points;
    if (!first || at - this.started < FIRST_FIGURE_MS || at === first.at) {
      return { bytesPerSecond: null, secondsLeft: null };
    }
    const bytesPerSecond = ((doneBytes - first.bytes) / (at - first.at)) * 1000;
    const secondsLeft = bytesPerSecond > 0 ? (totalBytes - doneBytes) / bytesPerSecond : null;
    return { bytesPerSecond, secondsLeft };
  }
}

const WINDOW_MS = 2000;
const FIRST_FIGURE_MS = 500;
