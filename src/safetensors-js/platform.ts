/**
 * The few globals shared by Node and browsers that this package uses, typed here so that everything but `node/` compiles
 * with `lib: ["ES2022"]` and no DOM or Node types.
 */

/** What this package asks of an `AbortSignal`; every real one fits. */
export interface StopSignal {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

interface Utf8Decoder {
  decode(bytes: Uint8Array): string;
}
interface Utf8Encoder {
  encode(text: string): Uint8Array;
}
interface SharedGlobals {
  readonly TextDecoder: new (label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean }) => Utf8Decoder;
  readonly TextEncoder: new () => Utf8Encoder;
}

const globals = globalThis as unknown as SharedGlobals;

/** `ignoreBOM` keeps a byte order mark in the text, where the JSON grammar refuses it; the default would swallow it. */
const strictDecoder = new globals.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientDecoder = new globals.TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const encoder = new globals.TextEncoder();

/** Decodes UTF-8, a byte order mark included; `null` when the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    // The only thing a fatal decoder throws for is malformed input; the caller names it with its own code.
    return null;
  }
}

/** Decodes UTF-8 with U+FFFD in the place of malformed bytes: for showing what stands there, never for parsing. */
export function decodeUtf8Leniently(bytes: Uint8Array): string {
  return lenientDecoder.decode(bytes);
}

/** Encodes a string as UTF-8; lone surrogates become U+FFFD, so refuse them before. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}
