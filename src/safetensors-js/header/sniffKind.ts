import { SafetensorsError } from '../error.ts';
import { decodeUtf8 } from '../platform.ts';

/** Bytes from the start of a file that are enough to name what it is; a Git LFS pointer is shorter than 200. */
export const SNIFF_BYTES = 512;

const SHOWN_CHARACTERS = 40;

/** Names a file that is no safetensors file by its first bytes; `null` when they say nothing. */
export function sniffKind(bytes: Uint8Array, fileBytes: number): SafetensorsError | null {
  if (fileBytes === 0) return SafetensorsError.of('file/empty', {});
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return SafetensorsError.of('file/zip', {});
  if (startsWith(bytes, [0x47, 0x47, 0x55, 0x46])) return SafetensorsError.of('file/gguf', {});
  if (startsWith(bytes, [0x89, 0x48, 0x44, 0x46])) return SafetensorsError.of('file/hdf5', {});
  if (startsWith(bytes, [0x1f, 0x8b])) return SafetensorsError.of('file/gzip', {});
  // PROTO of protocols 2 to 5, then an opcode that pickles of PyTorch and numpy go on with: none is a digit of a length.
  if (bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return SafetensorsError.of('file/pickle', {});
  return sniffText(bytes, fileBytes);
}

function sniffText(bytes: Uint8Array, fileBytes: number): SafetensorsError | null {
  const text = decodeText(bytes, fileBytes);
  if (text === null) return null;
  const trimmed = text.replace(/^\uFEFF/, '').trimStart();
  if (trimmed.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(trimmed)?.[1] ?? '?';
    return SafetensorsError.of('file/git-lfs-pointer', { weightBytes: size });
  }
  if (/^<(!doctype|html|head|\?xml|!--)/i.test(trimmed)) return SafetensorsError.of('file/html', {});
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return SafetensorsError.of('file/json', {});
  const beginning = trimmed.slice(0, SHOWN_CHARACTERS).trimEnd().replace(/\s+/g, ' ');
  return SafetensorsError.of('file/text', { beginning });
}

/** The bytes as text, if they are printable text; the last character may be cut where the sniffed bytes end. */
function decodeText(bytes: Uint8Array, fileBytes: number): string | null {
  const isWhole = bytes.length === fileBytes;
  for (let cut = 0; cut <= (isWhole ? 0 : 3); cut++) {
    const text = decodeUtf8(bytes.subarray(0, bytes.length - cut));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
    if (text !== null) return text.trim() !== '' && !/[\0-\x08\x0e-\x1f\x7f]/.test(text) ? text : null;
  }
  return null;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
