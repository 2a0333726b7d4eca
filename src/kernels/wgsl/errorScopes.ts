/**
 * Asks a device for something, under error scopes of its own. The scopes of a device are one stack: they are popped before
 * anything is awaited, so that calls side by side never take each other's errors.
 * @param ask touches the device at once, not after an await
 * @throws Error of the device, else what the promise of `ask` rejects with
 */
export async function underErrorScopes<T>(device: GPUDevice, ask: () => Promise<T>): Promise<T> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  // What `ask` throws at once is a rejection as well.
  const asked = new Promise<T>((resolve) => resolve(ask()));
  const answers = [asked, device.popErrorScope(), device.popErrorScope()] as const;
  const [answer, validation, memory] = await Promise.allSettled(answers);
  // A buffer that there was no memory for is an invalid one afterwards: the cause first.
  for (const scope of [memory, validation]) {
    if (scope.status === 'fulfilled' && scope.value !== null) throw new Error(scope.value.message);
  }
  for (const each of [answer, memory, validation]) if (each.status === 'rejected') throw each.reason;
  return asked;
}
