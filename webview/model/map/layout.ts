import type { TensorRow } from '../../../src/protocol/page.ts';

/** Tensors of one stack, arranged for the map. */
export interface MapLayout {
  readonly stack: string | null;
  readonly layers: readonly number[];
  readonly columns: readonly MapColumn[];
  /** Names by layer, then by column; a cell holds several where experts share it. */
  cell(layer: number, column: number): readonly string[];
  /** Weights outside all layers: embeddings, head. */
  readonly outside: readonly TensorRow[];
}

export interface MapColumn {
  /** Full role; the number of an expert is `*`. */
  readonly role: string;
  /** As few of its last parts as tell the columns apart. */
  readonly short: string;
}

/** Rows are layers, columns roles of weights with at least two dimensions, in file order. */
export function layOut(rows: readonly TensorRow[], stack: string | null): MapLayout {
  const cells = new Map<string, string[]>();
  const roles: string[] = [];
  const layers = new Set<number>();
  const outside: TensorRow[] = [];
  for (const row of rows) {
    if (!isWeight(row)) continue;
    if (row.layer === null || row.role === null) {
      outside.push(row);
      continue;
    }
    if (row.stack !== stack) continue;
    const role = sharedRole(row.role);
    if (!roles.includes(role)) roles.push(role);
    layers.add(row.layer);
    const key = `${row.layer} ${role}`;
    const names = cells.get(key) ?? [];
    names.push(row.name);
    cells.set(key, names);
  }
  const shorts = shortNames(roles);
  const columns = roles.map((role, at) => ({ role, short: shorts[at] ?? role }));
  return {
    stack,
    layers: [...layers].sort((a, b) => a - b),
    columns,
    cell: (layer, column) => cells.get(`${layer} ${roles[column]}`) ?? [],
    outside,
  };
}

function isWeight(row: TensorRow): boolean {
  return row.isParameter && row.shape.length >= 2 && row.kind !== 'norm';
}

/** `mlp.experts.7.gate_proj` and its siblings are one role. */
function sharedRole(role: string): string {
  return role.replace(/(^|\.)\d+(?=\.|$)/g, '$1*');
}

/** The same number of last parts for all, as few as tell them apart. */
function shortNames(roles: readonly string[]): string[] {
  const parts = roles.map((role) => role.split('.'));
  const most = Math.max(1, ...parts.map((list) => list.length));
  for (let count = 1; count < most; count += 1) {
    const shorts = parts.map((list) => list.slice(-count).join('.'));
    if (new Set(shorts).size === shorts.length) return shorts;
  }
  return [...roles];
}
