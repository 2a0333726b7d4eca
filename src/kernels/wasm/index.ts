/** The WASM backend's exports; src/kernels/wasmKernels.ts puts the `Kernels` interface over them. */

export { affineDecode } from './affineDecode';
export { affineEncode } from './affineEncode';
export { affineParameters } from './affineParameters';
export { affineSearch } from './affineSearch';
export { binaryDecode } from './binaryDecode';
export { binaryEncode, binaryEncodeBy } from './binaryEncode';
export { castEncode } from './castEncode';
export { clipRanges } from './clipRanges';
export { codebookDecode } from './codebookDecode';
export { codebookEncode } from './codebookEncode';
export { blockDecode } from './blockDecode';
export { blockEncode, blockTable } from './blockEncode';
export { columnMagnitudes } from './columnMagnitudes';
export { compare } from './compare';
export { countBins } from './countBins';
export { countCodes } from './countCodes';
export { countPatterns, finishCounts } from './countPatterns';
export { decode, decodeTransposed } from './decode';
export { encodeFloat, encodeFloatTransposed } from './encodeFloat';
export { errorDetails } from './errorDetails';
export { fixedPointEncode } from './fixedPointEncode';
export { lloydMaxRows } from './lloydMax';
export { moments } from './moments';
export { packNibbles } from './nibbles';
export { multiplyRows } from './multiplyRows';
export { packPlanes, unpackPlanes } from './packPlanes';
export { rowRanges } from './rowRanges';
export { rowRangesStored } from './rowRangesStored';
export { finishRuns } from './runSums';
export { hqqSolve } from './hqqSolve';

/** First byte that is not the kernels' own. */
export function heapBase(): usize {
  return (__heap_base + 15) & ~15;
}
export { takeClips, takeZeros } from './takeProposals';
