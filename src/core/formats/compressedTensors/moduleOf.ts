/** The module whose `weight` a tensor is; null for a parameter of another name, which no loader packs. */
export function moduleOf(name: string): string | null {
  return name.endsWith('.weight') ? name.slice(0, -'.weight'.length) : null;
}
