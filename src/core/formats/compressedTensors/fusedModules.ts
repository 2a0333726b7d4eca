/** Modules that vLLM loads as one matrix (`packed_modules_mapping` of its models), so that they must be packed alike. */
const FUSED: readonly (readonly string[])[] = [
  ['q_proj', 'k_proj', 'v_proj'],
  ['gate_proj', 'up_proj'],
  ['w1', 'w3'],
];
const SET_OF: ReadonlyMap<string, number> = new Map(
  FUSED.flatMap((set, i) => set.map((name): [string, number] => [name, i])),
);

/** What tells the fused matrix that a module is part of; null for a module that stands alone. */
export function fusedKeyOf(module: string): string | null {
  const dot = module.lastIndexOf('.');
  const set = SET_OF.get(module.slice(dot + 1));
  return set === undefined ? null : `${module.slice(0, dot + 1)}{${FUSED[set]?.join(',')}}`;
}
