/** A GPU process that does what its environment says, as a driver may. */
let searches = 0;
const limits = { maxBufferSize: 1, maxStorageBufferBindingSize: 1, maxComputeInvocationsPerWorkgroup: 1 };
process.on('message', ({ id: re, open, search }) => {
  const { STUB_STATE, STUB_SEARCH } = process.env;
  if (open) {
    if (STUB_STATE === 'dies') process.kill(process.pid, 'SIGKILL');
    if (STUB_STATE === 'none') {
      process.send({ re, state: { available: false, why: { code: 'no-adapter', args: {} } } });
      return;
    }
    const software = STUB_STATE === 'software';
    process.send({ re, state: { available: true, adapter: 'stub', driver: '', software, limits, subgroup: 1 } });
    return;
  }
  searches++;
  if (STUB_SEARCH === 'hangs') return;
  if (STUB_SEARCH === 'dies') process.kill(process.pid, 'SIGKILL');
  if (STUB_SEARCH === 'fails') process.send({ re, why: 'out of memory', fatal: false });
  if (STUB_SEARCH === 'loses') process.send({ re, why: 'the device was lost', fatal: true });
  if (STUB_SEARCH === 'refuses')
    process.send({ re, tooLarge: 'a row of 64 weights is more than the device holds at once' });
  if (STUB_SEARCH === 'finds') {
    const values = new Float32Array(search.rows).fill(searches);
    process.send({ re, found: { values, sums: new Float64Array(20).fill(1) } });
  }
});
