/** A text that the bundler puts into the page: see scripts/bundledScripts.mjs. */
declare module 'bundled:gpu' {
  /** The script of the GPU worker. */
  const source: string;
  export default source;
}
