/** A browser has no terminals of its own that could run `loupe`. */
export async function offerCommandLine(): Promise<void> {}
