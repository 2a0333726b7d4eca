/* What passes between the web extension host and its kernel workers beside the calls: a Web Worker cannot open files. */

/** A file as a worker has it: all its bytes, as a `Blob`, which every platform types for itself. */
export interface LentFile {
  readonly path: string;
  readonly fileBytes: number;
  readonly fileMtimeMs: number;
  readonly blob: unknown;
}

/** Host to worker. Messages arrive in order, so a file is there before the call that needs it. */
export type LendMessage = { readonly lend: LentFile } | { readonly takeBack: string };

/** Worker to host: bytes for a staged file, before the answer of the call that made them. */
export interface WriteMessage {
  readonly write: { readonly path: string; readonly offset: number; readonly bytes: Uint8Array };
}
