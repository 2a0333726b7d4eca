/** Texts that the bundler puts into the web extension: see scripts/webTwins.mjs. */
declare module 'bundled:worker' {
  /** The script of the kernel worker. */
  const source: string;
  export default source;
}
declare module 'bundled:gpu' {
  /** The script of the GPU worker. */
  const source: string;
  export default source;
}
declare module 'bundled:recipes' {
  /** Shipped recipes by the names of their files. */
  const recipes: Readonly<Record<string, string>>;
  export default recipes;
}
