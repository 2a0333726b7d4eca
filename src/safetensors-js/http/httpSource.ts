import { assertRange, type ByteSource } from '../bytes/byteSource.ts';
import { SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';

/** What is asked of a `Response`. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: { cancel(): Promise<void> } | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What is asked of `fetch`; the global one fits. */
export type HttpFetch = (
  url: string,
  init: { headers: Record<string, string>; signal?: StopSignal },
) => Promise<HttpResponse>;

/** How to reach the server. */
export interface HttpOptions {
  /** Sent with every request, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In the place of the global `fetch`. */
  readonly fetch?: HttpFetch;
}

const OK = 200;
const PARTIAL = 206;
const RANGE_NOT_SATISFIABLE = 416;

/** A file behind a URL, read by HTTP range requests; refused at the next read once the server has another version. */
export class HttpSource implements ByteSource {
  readonly url: string;
  readonly size: number;
  readonly #version: string | null;
  readonly #options: HttpOptions;
  #isClosed = false;

  private constructor(url: string, size: number, version: string | null, options: HttpOptions) {
    this.url = url;
    this.size = size;
    this.#version = version;
    this.#options = options;
  }

  /** Asks the server for the first byte, to learn the size and whether it serves ranges. @throws SafetensorsError `http/*` */
  static async open(url: string, options: HttpOptions = {}, stop?: StopSignal): Promise<HttpSource> {
    const response = await requestRange(url, 0, 1, options, stop);
    await response.body?.cancel();
    const range = response.headers.get('content-range');
    const isEmpty = response.status === RANGE_NOT_SATISFIABLE && /^bytes \*\/0$/.test(range ?? '');
    if (isEmpty) return new HttpSource(url, 0, versionOf(response), options);
    assertPartial(url, response);
    const size = Number(/^bytes \d+-\d+\/(\d+)$/.exec(range ?? '')?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(size)) throw SafetensorsError.of('http/no-size', { url });
    return new HttpSource(url, size, versionOf(response), options);
  }

  async read(start: number, end: number, stop?: StopSignal): Promise<Uint8Array> {
    assertRange(start, end, this.size);
    if (this.#isClosed) throw SafetensorsError.of('file/closed', { path: this.url });
    if (start === end) return new Uint8Array(0);
    const response = await requestRange(this.url, start, end, this.#options, stop);
    try {
      this.#assertAnswers(response, start, end);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    const bytes = await readBody(this.url, response, stop);
    if (bytes.length === end - start) return bytes;
    throw SafetensorsError.of('http/wrong-range', {
      url: this.url,
      asked: `${end - start} bytes`,
      received: `${bytes.length} bytes`,
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #assertAnswers(response: HttpResponse, start: number, end: number): void {
    const { url } = this;
    const version = versionOf(response);
    const isOther = this.#version !== null && version !== null && version !== this.#version;
    if (isOther || response.status === RANGE_NOT_SATISFIABLE) throw SafetensorsError.of('file/changed', { path: url });
    assertPartial(url, response);
    const received = response.headers.get('content-range') ?? 'no Content-Range';
    const asked = `bytes ${start}-${end - 1}/${this.size}`;
    if (received === asked) return;
    const total = /\/(\d+)$/.exec(received)?.[1];
    if (total !== undefined && Number(total) !== this.size) throw SafetensorsError.of('file/changed', { path: url });
    throw SafetensorsError.of('http/wrong-range', { url, asked, received });
  }
}

async function requestRange(
  url: string,
  start: number,
  end: number,
  options: HttpOptions,
  stop: StopSignal | undefined,
): Promise<HttpResponse> {
  const send = options.fetch ?? (globalThis as unknown as { fetch: HttpFetch }).fetch;
  const headers = { ...options.headers, Range: `bytes=${start}-${end - 1}`, 'Accept-Encoding': 'identity' };
  try {
    return await send(url, stop ? { headers, signal: stop } : { headers });
  } catch (error) {
    stop?.throwIfAborted();
    throw unreachable(url, error);
  }
}

async function readBody(url: string, response: HttpResponse, stop?: StopSignal): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    stop?.throwIfAborted();
    throw unreachable(url, error);
  }
}

function unreachable(url: string, error: unknown): SafetensorsError {
  // Node's fetch says only "fetch failed"; why stands in its cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return SafetensorsError.of('http/failed', { url, reason }, error);
}

function assertPartial(url: string, response: HttpResponse): void {
  if (response.status === OK) throw SafetensorsError.of('http/no-ranges', { url });
  if (response.status !== PARTIAL) throw SafetensorsError.of('http/status', { url, status: response.status });
}

/** What changes when the file does; a server that gives neither is trusted on the size alone. */
function versionOf(response: HttpResponse): string | null {
  return response.headers.get('etag') ?? response.headers.get('last-modified');
}
