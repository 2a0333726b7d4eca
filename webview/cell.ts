export type Dispose = () => void;

/** A value that others follow. Listeners run at once, in the order in which they subscribed. */
export interface Cell<T> {
  get(): T;
  set(value: T): void;
  /** Called on every change, not for the present value. */
  subscribe(listener: (value: T, previous: T) => void): Dispose;
  /** Called now and on every change. */
  follow(listener: (value: T) => void): Dispose;
}

/** Makes a cell; setting the same value (by `Object.is`) again tells nobody. */
export function createCell<T>(initial: T): Cell<T> {
  let current = initial;
  const listeners = new Set<(value: T, previous: T) => void>();
  const subscribe = (listener: (value: T, previous: T) => void): Dispose => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      const previous = current;
      current = value;
      for (const listener of [...listeners]) listener(value, previous);
    },
    subscribe,
    follow(listener) {
      listener(current);
      return subscribe(listener);
    },
  };
}
