import { SafetensorsError } from '../error.ts';
import { describeAt, JsonFault } from '../header/jsonFault.ts';
import { JsonScanner } from '../header/jsonScanner.ts';

/** A parsed `*.safetensors.index.json`. */
export interface ShardIndex {
  /** Tensor name to file name, in the order of the text. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** `metadata.total_size`: bytes of all tensors; `null` when the index gives none that is a whole number. */
  readonly totalSize: number | null;
}

/** Depth at which the members of the index stand. */
const MEMBER_DEPTH = 1;

/**
 * Parses the text of an index and refuses paths that leave its folder.
 * @throws SafetensorsError `index/*`
 */
export function parseIndex(text: string): ShardIndex {
  const scanner = new JsonScanner(text);
  try {
    return readIndex(scanner);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    if (text.startsWith('version https://git-lfs')) throw SafetensorsError.of('index/git-lfs-pointer', {});
    const problem = `${error.expected} was expected, ${describeAt(text, error.at)} stands`;
    throw SafetensorsError.of('index/not-json', { problem, at: error.at });
  }
}

function readIndex(scanner: JsonScanner): ShardIndex {
  let weightMap: ReadonlyMap<string, string> | undefined;
  let totalSize: number | null = null;
  if (scanner.peek() !== '{') scanner.skipValue(0);
  else {
    readMembers(scanner, (key) => {
      if (key === 'weight_map') {
        if (weightMap) throw SafetensorsError.of('index/duplicate-key', { key });
        weightMap = readWeightMap(scanner);
      } else if (key === 'metadata' && scanner.peek() === '{') totalSize = readTotalSize(scanner);
      else scanner.skipValue(MEMBER_DEPTH);
    });
  }
  scanner.expectEnd();
  if (weightMap === undefined) throw SafetensorsError.of('index/no-weight-map', {});
  return { weightMap, totalSize };
}

function readWeightMap(scanner: JsonScanner): ReadonlyMap<string, string> {
  const weightMap = new Map<string, string>();
  if (scanner.peek() !== '{') throw SafetensorsError.of('index/no-weight-map', {});
  const safePaths = new Set<string>();
  readMembers(scanner, (tensor) => {
    if (weightMap.has(tensor)) throw SafetensorsError.of('index/duplicate-key', { key: tensor });
    if (scanner.peek() !== '"') throw SafetensorsError.of('index/bad-weight-map', { tensor });
    const path = scanner.readString();
    if (!safePaths.has(path)) {
      if (!isInside(path)) throw SafetensorsError.of('index/unsafe-path', { tensor, path });
      safePaths.add(path);
    }
    weightMap.set(tensor, path);
  });
  return weightMap;
}

/** Some tools write the total as a float (`123.0`) or leave it out: no reason to refuse the checkpoint. */
function readTotalSize(scanner: JsonScanner): number | null {
  let total: number | null = null;
  readMembers(scanner, (key) => {
    const value = key === 'total_size' ? scanner.readUint64() : null;
    if (value === null) scanner.skipValue(MEMBER_DEPTH + 1);
    else total = Number(value);
  });
  return total;
}

function readMembers(scanner: JsonScanner, readValue: (key: string) => void): void {
  scanner.expect('{');
  if (scanner.take('}')) return;
  do readValue(scanner.readKey());
  while (scanner.hasMore('}'));
}

/** A relative path, `/` between its parts, that cannot climb out of its folder on any platform. */
function isInside(path: string): boolean {
  // A backslash parts folders and a colon names drives and streams on Windows; a NUL ends paths.
  return !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
