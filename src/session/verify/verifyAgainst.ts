import { join } from 'node:path';
import { addSums, EMPTY_SUMS, unchangedSums } from '../../core/metrics/addSums.ts';
import { figuresOf } from '../../core/metrics/deriveFigures.ts';
import type { ErrorSums, Figures } from '../../core/metrics/figures.ts';
import type { Model, ModelTensor } from '../../core/model/model.ts';
import { ownBytesOf, tiedHeadName } from '../../core/model/tiedHead.ts';
import { modelOfPlan } from '../../core/recipes/modelOfPlan.ts';
import type { Totals, VerifyDocument } from '../../protocol/documents.ts';
import type { SessionApi } from '../api.ts';
import { ProgressMeter } from '../batching/progressMeter.ts';
import { runInfo } from '../runInfo.ts';
import type { SaveFileSystem } from '../saving/fileSystem.ts';
import { REPORT_NAME, readReport, type StoredReport } from '../saving/report.ts';
import { isReadable } from '../scan/scanner.ts';
import { exactSummary, type SessionContext } from '../sessionContext.ts';
import { type Compared, comparePairs, type Pair } from './comparePairs.ts';

type VerifyHooks = NonNullable<Parameters<SessionApi['verify']>[1]>;
type VerifiedTensor = VerifyDocument['tensors'][number];

/** A report rounds nothing, so what is read again differs from it only where the bytes do; a report in other words is allowed the last digit. */
const SQNR_TOLERANCE_DB = 1e-9;

/**
 * Compares this checkpoint, packed or not, with the original it was made from, tensor by tensor, both decoded. A tensor
 * differs when it is missing, has another shape, misses the SQNR asked for, or is not what the report beside it says.
 * @throws Failure of reading and of a worker; AbortError
 */
export async function verifyAgainst(
  context: SessionContext,
  files: SaveFileSystem,
  against: SessionApi,
  hooks: VerifyHooks,
): Promise<VerifyDocument> {
  const startedMs = performance.now();
  const report = await reportBeside(context, files);
  const { pairs, unmatched } = pairTensors(context, against);
  const compared = await compareAll(context, pairs, hooks);
  const reported = new Map(report?.tensors.map((tensor) => [tensor.name, tensor]));
  const rows = pairs.map((pair) =>
    verifiedTensor(
      pair,
      compared.get(pair.original.name),
      reported.get(pair.original.name),
      context.model.packedFormat,
      hooks.minSqnrDb ?? null,
    ),
  );
  const tensors = [...rows, ...unmatched];
  return {
    schema: 'loupe/verify/1',
    packed: context.path,
    against: against.path,
    format: context.model.packedFormat,
    tensors,
    totals: totalsOf(pairs, compared),
    passed: tensors.length > 0 && tensors.every(({ differs }) => differs === null),
    run: runInfo(context, startedMs),
  };
}

/** The report in the folder of the checkpoint, or beside the one file that it is. */
async function reportBeside({ model }: SessionContext, files: SaveFileSystem): Promise<StoredReport | null> {
  const { folder, entry } = model.checkpoint;
  const own = await readReport(files, join(folder, `${entry.replace(/\.safetensors$/, '')}.${REPORT_NAME}`));
  if (own !== null) return own;
  const shared = await readReport(files, join(folder, REPORT_NAME));
  const isOfThis = shared?.files.some(({ name }) => model.checkpoint.files.some((file) => file.name === name));
  return isOfThis === true ? shared : null;
}

function pairTensors(
  { model }: SessionContext,
  against: SessionApi,
): { readonly pairs: readonly Pair[]; readonly unmatched: readonly VerifiedTensor[] } {
  const savedByName = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const pairs: Pair[] = [];
  const unmatched: VerifiedTensor[] = [];
  for (const original of originalModel(against.model, savedByName).tensors) {
    const saved = savedByName.get(original.name);
    savedByName.delete(original.name);
    if (saved === undefined) unmatched.push(differing(original.name, 'it is not in the packed checkpoint'));
    else if (saved.shape.join() !== original.shape.join()) {
      const shapes = `[${saved.shape.join(', ')}], the original [${original.shape.join(', ')}]`;
      unmatched.push(differing(original.name, `its shape is ${shapes}`));
    } else pairs.push({ original, saved, identical: isSameStorage(original, saved) });
  }
  for (const name of savedByName.keys()) unmatched.push(differing(name, 'it is not in the original'));
  return { pairs, unmatched };
}

/** The original, its tied head as a tensor where the packed checkpoint has a head of its own. */
function originalModel(model: Model, saved: ReadonlyMap<string, ModelTensor>): Model {
  const head = tiedHeadName(model);
  return head !== null && saved.has(head) ? modelOfPlan(model, { unties: true }) : model;
}

/** True where both are stored plainly in the same dtype: then the bytes are compared, too. */
function isSameStorage(original: ModelTensor, saved: ModelTensor): boolean {
  const [a, b] = [original.source, saved.source];
  return a.kind === 'raw' && b.kind === 'raw' && a.data.dtype === b.data.dtype;
}

function differing(name: string, differs: string): VerifiedTensor {
  return { name, identical: false, figures: figuresOf(EMPTY_SUMS), reported_sqnr_db: null, differs };
}

async function compareAll(
  context: SessionContext,
  pairs: readonly Pair[],
  { stop, onProgress }: VerifyHooks,
): Promise<ReadonlyMap<string, Compared>> {
  const compared = new Map<string, Compared>();
  const bytes = pairs.reduce((sum, { original }) => sum + original.storedBytes, 0);
  await comparePairs(context.pool, {
    pairs,
    nonFinite: 'clamp',
    meter: new ProgressMeter('verify', { bytes, tensors: pairs.length }, onProgress),
    stop,
    onTensor: (name, result) => {
      compared.set(name, result);
    },
  });
  await addEnergies(context, pairs, compared, stop);
  return compared;
}

/** Tensors that are the same to the byte were not decoded: their energy comes from a scan, which may know it already. */
async function addEnergies(
  context: SessionContext,
  pairs: readonly Pair[],
  compared: Map<string, Compared>,
  stop: AbortSignal | undefined,
): Promise<void> {
  const identical = pairs.filter(({ original, saved }) => {
    return original.isParameter && isReadable(saved) && compared.get(original.name)?.identical === true;
  });
  const unknown = identical.map(({ saved }) => saved).filter(({ name }) => exactSummary(context, name) === null);
  await context.scanner.scan(unknown, stop === undefined ? {} : { stop });
  for (const { original, saved } of identical) {
    const energy = exactSummary(context, saved.name)?.energy ?? null;
    compared.set(original.name, { sums: unchangedSums(original.elements, energy), identical: true });
  }
}

function verifiedTensor(
  { original, saved, identical: sameStorage }: Pair,
  compared: Compared | undefined,
  reported: StoredReport['tensors'][number] | undefined,
  format: string | null,
  minSqnrDb: number | null,
): VerifiedTensor {
  // Empty tensors have nothing to compare.
  const sums = compared?.sums ?? EMPTY_SUMS;
  const identical = sameStorage && (compared?.identical ?? true);
  const isKept = reported === undefined ? format !== null && sameStorage : reported.quantizer === null && sameStorage;
  return {
    name: original.name,
    identical,
    figures: figuresOf(sums),
    reported_sqnr_db: reported?.figures.sqnr_db ?? null,
    differs:
      (isKept && !identical ? 'it was kept, but its bytes are not those of the original' : null) ??
      differenceFromReport(sums, reported, saved) ??
      belowGate(sums, minSqnrDb),
  };
}

function differenceFromReport(
  sums: ErrorSums,
  reported: StoredReport['tensors'][number] | undefined,
  saved: ModelTensor,
): string | null {
  if (reported === undefined || sums.count === 0) return null;
  const found = figuresOf(sums);
  if (reported.stored_bytes !== saved.storedBytes) {
    return `it takes ${saved.storedBytes} bytes, the report says ${reported.stored_bytes}`;
  }
  const expected = { exact: reported.figures.exact, sqnrDb: reported.figures.sqnr_db };
  const [a, b] = [found.sqnrDb, expected.sqnrDb];
  const isSame = a === null || b === null ? a === b : Math.abs(a - b) <= SQNR_TOLERANCE_DB;
  if (isSame && found.exact === expected.exact) return null;
  return `its SQNR is ${describeDb(found)}, the report says ${describeDb(expected)}`;
}

function belowGate(sums: ErrorSums, minSqnrDb: number | null): string | null {
  const figures = figuresOf(sums);
  if (minSqnrDb === null || figures.exact || sums.count === 0) return null;
  if (figures.sqnrDb !== null && figures.sqnrDb >= minSqnrDb) return null;
  return `its SQNR is ${describeDb(figures)}, below ${minSqnrDb} dB`;
}

function describeDb({ exact, sqnrDb }: Pick<Figures, 'exact' | 'sqnrDb'>): string {
  if (exact) return 'exact';
  return sqnrDb === null ? 'undefined' : `${sqnrDb.toFixed(4)} dB`;
}

/** Over the pairs, in the original's order. What is stored otherwise than the original counts as quantized. */
function totalsOf(pairs: readonly Pair[], compared: ReadonlyMap<string, Compared>): Totals {
  const parameters = pairs.filter(({ original }) => original.isParameter);
  const quantized = parameters.filter(
    ({ original, identical }) => !identical || compared.get(original.name)?.identical === false,
  );
  const sumsOf = (some: readonly Pair[]): ErrorSums =>
    some.reduce((total, { original }) => addSums(total, compared.get(original.name)?.sums ?? EMPTY_SUMS), EMPTY_SUMS);
  const bytesOf = (some: readonly Pair[], of: 'original' | 'saved'): number =>
    some.reduce((sum, pair) => sum + ownBytesOf(pair[of]), 0);
  const bitsPerWeight = (some: readonly Pair[]): number | null => {
    const weights = some.reduce((sum, { original }) => sum + original.elements, 0);
    return weights === 0 ? null : (bytesOf(some, 'saved') * 8) / weights;
  };
  const [storedBytes, originalBytes] = [bytesOf(pairs, 'saved'), bytesOf(pairs, 'original')];
  return {
    quantized: figuresOf(sumsOf(quantized)),
    all: figuresOf(sumsOf(parameters)),
    quantized_bits_per_weight: bitsPerWeight(quantized),
    all_bits_per_weight: bitsPerWeight(parameters),
    stored_bytes: storedBytes,
    original_bytes: originalBytes,
    ratio: originalBytes === 0 ? 1 : storedBytes / originalBytes,
  };
}
