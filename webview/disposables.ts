import type { Dispose } from './cell.ts';

/** What a component owns and gives back in one call. */
export class Disposables {
  #owned: Dispose[] = [];

  add(...disposes: Dispose[]): void {
    this.#owned.push(...disposes);
  }

  /** Adds a DOM listener and its removal. */
  listen<K extends keyof WindowEventMap>(
    target: EventTarget,
    type: K,
    listener: (event: WindowEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void {
    target.addEventListener(type, listener as EventListener, options);
    this.add(() => target.removeEventListener(type, listener as EventListener, options));
  }

  dispose = (): void => {
    for (const dispose of this.#owned.reverse()) dispose();
    this.#owned = [];
  };
}
