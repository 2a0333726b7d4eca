import type { ByteSource } from '../bytes/byteSource.ts';
import { isSafetensorsError, SafetensorsError } from '../error.ts';
import type { StopSignal } from '../platform.ts';
import { type Header, PREFIX_BYTES } from './header.ts';
import { assertHeaderFits, type CheckedHeader, checkHeader } from './parseHeader.ts';
import { SNIFF_BYTES, sniffKind } from './sniffKind.ts';

const OPENING_BRACE = 0x7b;

/**
 * Reads and validates the header of a file: 8 bytes and the header text, whatever the size of the file. Only when these
 * are wrong are its first bytes looked at again, to name what the file is instead.
 * @throws SafetensorsError `file/*`, `header/*`, `metadata/*`, `tensor/*`, `data/*`
 */
export async function readHeader(source: ByteSource, stop?: StopSignal): Promise<Header> {
  const { header, lengthFault } = await readCheckedHeader(source, stop);
  if (lengthFault) throw lengthFault;
  return header;
}

/** As `readHeader`, but a file whose data is cut short or too long comes back with its header. */
export async function readCheckedHeader(source: ByteSource, stop?: StopSignal): Promise<CheckedHeader> {
  try {
    const headerBytes = await readHeaderLength(source, stop);
    const text = await source.read(PREFIX_BYTES, PREFIX_BYTES + headerBytes, stop);
    return checkHeader(text, source.size);
  } catch (error) {
    if (isSafetensorsError(error) && isAboutTheStart(error)) throw (await nameFile(source, error, stop)) ?? error;
    throw error;
  }
}

async function readHeaderLength(source: ByteSource, stop?: StopSignal): Promise<number> {
  if (source.size < PREFIX_BYTES) throw SafetensorsError.of('file/too-short', { fileBytes: source.size });
  const prefix = await source.read(0, PREFIX_BYTES, stop);
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const headerBytes = view.getBigUint64(0, true);
  assertHeaderFits(headerBytes, source.size);
  return Number(headerBytes);
}

/** Faults that another kind of file, or a cut-off header, shows itself by. */
function isAboutTheStart({ code }: SafetensorsError): boolean {
  return code === 'file/too-short' || code === 'header/too-large' || code === 'header/beyond-file';
}

async function nameFile(
  source: ByteSource,
  fault: SafetensorsError,
  stop?: StopSignal,
): Promise<SafetensorsError | null> {
  const beginning = await source.read(0, Math.min(SNIFF_BYTES, source.size), stop);
  if (fault.code === 'header/beyond-file' && looksLikeHeader(beginning)) {
    const missingBytes = PREFIX_BYTES + Number(fault.args.headerBytes) - source.size;
    return SafetensorsError.of('header/cut-off', { fileBytes: source.size, missingBytes });
  }
  return sniffKind(beginning, source.size);
}

function looksLikeHeader(beginning: Uint8Array): boolean {
  return beginning.length === PREFIX_BYTES || beginning[PREFIX_BYTES] === OPENING_BRACE;
}
