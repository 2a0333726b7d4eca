/** The one global that the contracts name and that both Node and browsers have; here there are types of neither. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
}
