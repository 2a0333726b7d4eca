/** Strict reading, planning and writing of safetensors files and sharded checkpoints, for any platform. */
export { type BlobLike, BlobSource } from './bytes/blobSource.ts';
export type { ByteSink } from './bytes/byteSink.ts';
export type { ByteSource } from './bytes/byteSource.ts';
export { MemorySink } from './bytes/memorySink.ts';
export { MemorySource } from './bytes/memorySource.ts';
export type {
  Checkpoint,
  CheckpointFile,
  CheckpointFolder,
  CheckpointTensor,
  MissingTensor,
  OpenedFile,
} from './checkpoint/checkpoint.ts';
export { openCheckpoint } from './checkpoint/openCheckpoint.ts';
export { parseIndex, type ShardIndex } from './checkpoint/parseIndex.ts';
export { CHECKPOINT_WARNING_TEXTS, type CheckpointWarning, type CheckpointWarningCode } from './checkpoint/warning.ts';
export { DTYPES, type Dtype, dtypeBits, isDtype } from './dtype.ts';
export { englishOf, fillErrorText, isSafetensorsError, SafetensorsError } from './error.ts';
export { SAFETENSORS_TEXTS, type SafetensorsCode } from './errorTexts.ts';
export { type Header, MAX_HEADER_BYTES, type TensorInfo } from './header/header.ts';
export { parseHeader } from './header/parseHeader.ts';
export { readHeader } from './header/readHeader.ts';
export type { StopSignal } from './platform.ts';
export { parseByteSize } from './write/parseByteSize.ts';
export { type FilePlan, planFile, type TensorSpec, tensorBytesOf } from './write/planFile.ts';
export { planShards, type ShardedPlan, type ShardOptions, type ShardPlan } from './write/planShards.ts';
export { TensorFileWriter } from './write/tensorFileWriter.ts';
export { WriteLedger } from './write/writeLedger.ts';
