/** Every id that the manifest contributes, declared once; the manifest test compares the two. */
export const VIEW_TYPE = 'tensorLoupe.checkpoint';
/** The same editor for `*.safetensors.index.json`, as an option: a view type has one priority. */
export const INDEX_VIEW_TYPE = 'tensorLoupe.index';
export const TREE_VIEW = 'tensorLoupe.checkpoints';

export const COMMANDS = {
  openCheckpoint: 'tensorLoupe.openCheckpoint',
  inspect: 'tensorLoupe.inspect',
  scan: 'tensorLoupe.scan',
  quantize: 'tensorLoupe.quantize',
  compareQuantizers: 'tensorLoupe.compareQuantizers',
  exportPackedModel: 'tensorLoupe.exportPackedModel',
  verifyPackedModel: 'tensorLoupe.verifyPackedModel',
  applyRecipe: 'tensorLoupe.applyRecipe',
  goToTensor: 'tensorLoupe.goToTensor',
  revealInModelPage: 'tensorLoupe.revealInModelPage',
  exportHistogramSvg: 'tensorLoupe.exportHistogramSvg',
  exportHistogramPng: 'tensorLoupe.exportHistogramPng',
  exportHistogramCsv: 'tensorLoupe.exportHistogramCsv',
  copyTensorInfo: 'tensorLoupe.copyTensorInfo',
  cancelJob: 'tensorLoupe.cancelJob',
  showKernels: 'tensorLoupe.showKernels',
  refreshTree: 'tensorLoupe.refreshTree',
  openAsText: 'tensorLoupe.openAsText',
} as const;
export type CommandName = keyof typeof COMMANDS;

/** Keys of `when` clauses that we set. */
export const CONTEXT_KEYS = {
  jobRunning: 'tensorLoupe.jobRunning',
} as const;

/** `contextValue` of tree items, matched by the manifest's menus. */
export const TREE_CONTEXTS = {
  group: 'group',
  checkpoint: 'checkpoint',
  module: 'module',
  tensor: 'tensor',
} as const;
