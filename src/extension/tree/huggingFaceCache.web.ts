/** A browser sees the workspace only. */
export async function repositoriesOfCache(): Promise<
  readonly { readonly repository: string; readonly files: readonly string[] }[]
> {
  return [];
}
