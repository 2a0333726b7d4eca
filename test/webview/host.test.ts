import { expect, test } from 'vitest';
import type { PageRequest } from '../../src/protocol/page.ts';
import { createHost } from '../../webview/host.ts';

/** A wire without a browser: `sent` is what the page posted, `receive` what the host posts. */
function createWire() {
  const sent: PageRequest[] = [];
  const target = new EventTarget();
  const api = {
    postMessage: (message: unknown) => sent.push(message as PageRequest),
    getState: () => null,
    setState: () => {},
  };
  const receive = (data: unknown): void => {
    target.dispatchEvent(Object.assign(new Event('message'), { data }));
  };
  return { host: createHost(api, target), sent, receive };
}

test('a call is answered by the reply that names it, in any order', async () => {
  const { host, sent, receive } = createWire();
  const first = host.call('tensor/channel-quantiles', { name: 'a' });
  const second = host.call('text/copy', { text: 'b' });
  receive({ re: sent[1]?.id, ok: true, answer: {} });
  receive({ re: sent[0]?.id, ok: true, answer: { low: 1, high: 2 } });
  await expect(second).resolves.toEqual({});
  await expect(first).resolves.toEqual({ low: 1, high: 2 });
});

test('a failure rejects with its code and the text of the host, which may be translated', async () => {
  const { host, sent, receive } = createWire();
  const call = host.call('scan/start', { first: [] });
  const failure = { code: 'file/changed', args: { path: 'a' }, text: 'a hat sich geändert' };
  receive({ re: sent[0]?.id, ok: false, failure });
  await expect(call).rejects.toMatchObject({ code: 'file/changed', message: 'a hat sich geändert' });
});

test('a failure of a call that nobody waits for is kept for the banner', async () => {
  const { host, sent, receive } = createWire();
  host.send('scan/cancel', {});
  receive({ re: sent[0]?.id, ok: false, failure: { code: 'usage/invalid', args: { what: 'no' }, text: 'no' } });
  await Promise.resolve();
  await Promise.resolve();
  expect(host.failures.get()?.message).toBe('no');
});

test('events reach their listeners until they are disposed of', () => {
  const { host, receive } = createWire();
  const texts: string[] = [];
  const dispose = host.on('file/changed', ({ text }) => texts.push(text));
  receive({ event: 'file/changed', body: { text: 'one' } });
  dispose();
  receive({ event: 'file/changed', body: { text: 'two' } });
  expect(texts).toEqual(['one']);
});

test('messages that are neither replies nor events are ignored', () => {
  const { host, receive } = createWire();
  expect(() => receive('noise')).not.toThrow();
  expect(() => receive(null)).not.toThrow();
  expect(host.failures.get()).toBeNull();
});
