import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemorySink, planFile, readHeader, TensorFileWriter } from 'safetensors-js';
import { HttpSource } from 'safetensors-js/http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultOf } from './support/buildFile.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const plan = planFile([{ name: 'w', dtype: 'U8', shape: [100] }]);
let file = new Uint8Array();
let server: Server;
let url = '';
let answer: Answer = answerWithRanges;
let requests: IncomingMessage[] = [];

beforeAll(async () => {
  const sink = new MemorySink(plan.fileBytes);
  const writer = new TensorFileWriter(plan, sink);
  await writer.writeHeader();
  await writer.writeAt(
    'w',
    0,
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  file = Uint8Array.from(sink.bytes);
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  answer = answerWithRanges;
  requests = [];
});

function rangeOf(request: IncomingMessage): [number, number] {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  return [Number(first), Number(last) + 1];
}

function answerWithRanges(request: IncomingMessage, response: ServerResponse): void {
  const [start, end] = rangeOf(request);
  response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${file.length}`, etag: '"1"' });
  response.end(file.subarray(start, end));
}

const answerWhole: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': file.length });
  response.end(file);
};

const answerStatus =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end();
  };

describe('HttpSource', () => {
  it('reads a header and ranges of a file by range requests', async () => {
    const source = await HttpSource.open(url);
    expect(source.size).toBe(plan.fileBytes);
    const header = await readHeader(source);
    expect(header.tensors).toEqual(plan.tensors);
    const [w] = header.tensors;
    expect([...(await source.read((w?.end ?? 0) - 3, w?.end ?? 0))]).toEqual([97, 98, 99]);
    expect((await source.read(5, 5)).length).toBe(0);
    expect(requests.map(rangeOf)).toEqual([
      [0, 1],
      [0, 8],
      [8, 8 + header.headerBytes],
      [plan.fileBytes - 3, plan.fileBytes],
    ]);
    await source.close();
  });

  it('sends the headers it is given with every request', async () => {
    const source = await HttpSource.open(url, { headers: { Authorization: 'Bearer key' } });
    await source.read(0, 8);
    expect(requests.map((request) => request.headers.authorization)).toEqual(['Bearer key', 'Bearer key']);
  });

  it('follows redirects', async () => {
    answer = (request, response) => {
      if (request.url === '/elsewhere') answerWithRanges(request, response);
      else answerStatus(302, { location: '/elsewhere' })(request, response);
    };
    expect((await HttpSource.open(url)).size).toBe(plan.fileBytes);
  });

  it('opens an empty file', async () => {
    answer = answerStatus(416, { 'content-range': 'bytes */0' });
    expect((await HttpSource.open(url)).size).toBe(0);
  });

  it.each<readonly [string, string, Answer]>([
    ['serves no ranges', 'http/no-ranges', answerWhole],
    ['does not have the file', 'http/status', answerStatus(404)],
    ['wants to know who asks', 'http/status', answerStatus(401)],
    ['does not say how long the file is', 'http/no-size', answerStatus(206, { 'content-range': 'bytes 0-0/*' })],
    ['does not say which bytes it sends', 'http/no-size', answerStatus(206)],
    ['hangs up', 'http/failed', (request) => request.socket.destroy()],
  ])('refuses to open from a server that %s', async (_what, code, givenAnswer) => {
    answer = givenAnswer;
    const fault = await faultOf(() => HttpSource.open(url));
    expect(fault).toMatchObject({ code, args: { url } });
  });

  it.each<readonly [string, string, Answer]>([
    [
      'has another version',
      'file/changed',
      (request, response) => {
        const [start, end] = rangeOf(request);
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${file.length}`, etag: '"2"' });
        response.end(file.subarray(start, end));
      },
    ],
    ['has a file of another length', 'file/changed', answerStatus(206, { 'content-range': 'bytes 0-7/9' })],
    ['has a shorter file', 'file/changed', answerStatus(416, { 'content-range': 'bytes */3' })],
    ['sends the whole file', 'http/no-ranges', answerWhole],
    [
      'sends another range',
      'http/wrong-range',
      (_request, response) => {
        response.writeHead(206, { 'content-range': `bytes 1-8/${file.length}` });
        response.end(file.subarray(1, 9));
      },
    ],
    [
      'sends fewer bytes than it says',
      'http/wrong-range',
      (_request, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-7/${file.length}` });
        response.end(file.subarray(0, 5));
      },
    ],
    [
      'hangs up inside the body',
      'http/failed',
      (_request, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-7/${file.length}`, 'content-length': '8' });
        response.write(file.subarray(0, 5), () => response.destroy());
      },
    ],
    ['has lost the file', 'http/status', answerStatus(404)],
  ])('refuses the next read from a server that now %s', async (_what, code, givenAnswer) => {
    const source = await HttpSource.open(url);
    answer = givenAnswer;
    expect((await faultOf(() => source.read(0, 8))).code).toBe(code);
  });

  it('refuses ranges outside the file without asking the server', async () => {
    const source = await HttpSource.open(url);
    expect((await faultOf(() => source.read(0, source.size + 1))).code).toBe('range/outside');
    expect(requests).toHaveLength(1);
  });

  it('refuses reads after it was closed', async () => {
    const source = await HttpSource.open(url);
    await source.close();
    expect((await faultOf(() => source.read(0, 1))).code).toBe('file/closed');
  });

  it('stops a request that hangs when asked to', async () => {
    const source = await HttpSource.open(url);
    const stop = new AbortController();
    answer = () => stop.abort(new Error('enough'));
    await expect(source.read(0, 8, stop.signal)).rejects.toThrow('enough');
  });
});
