// A worker that computes nothing: what it does is named by the `item` of the first thing asked for.
const { parentPort } = require('node:worker_threads');

const running = new Map();
const aborted = { code: 'worker/internal', args: { why: 'aborted' }, text: 'aborted' };

parentPort.on('message', (message) => {
  if ('stop' in message) {
    clearInterval(running.get(message.stop));
    parentPort.postMessage({ re: message.stop, ok: false, failure: aborted, aborted: true });
    return;
  }
  const { id, kind, ask } = message;
  if (kind === 'worker/hello') {
    const backends = [{ id: 'stub', available: true, why: 'it is a stub' }];
    parentPort.postMessage({ re: id, ok: true, answer: { backend: 'stub', memoryBytes: 0, backends } });
    return;
  }
  const order = ask.order;
  if (order === 'answer') {
    parentPort.postMessage({ re: id, progress: { readBytes: 7, writtenBytes: 3 } });
    parentPort.postMessage({ re: id, ok: true, answer: { memoryBytes: ask.value ?? 1 } });
  } else if (order === 'fail') {
    const failure = { code: 'tensor/non-finite', args: { tensor: 'w', count: 1, index: 0 }, text: '' };
    parentPort.postMessage({ re: id, ok: false, failure, aborted: false });
  } else if (order === 'die') {
    parentPort.postMessage({ re: id, progress: { readBytes: 5, writtenBytes: 0 } });
    setTimeout(() => process.exit(7), 20);
  } else if (order === 'die-once') {
    const { existsSync, writeFileSync } = require('node:fs');
    if (existsSync(ask.marker)) parentPort.postMessage({ re: id, ok: true, answer: { memoryBytes: 2 } });
    else {
      writeFileSync(ask.marker, '');
      parentPort.postMessage({ re: id, progress: { readBytes: 5, writtenBytes: 0 } });
      setTimeout(() => {
        throw new Error('out of luck');
      }, 20);
    }
  } else if (order === 'wait') {
    running.set(
      id,
      setInterval(() => {}, 1000),
    );
  }
});
