/** What the programs that Tensor Loupe is compared with are asked: the same work on the same file. */
export interface PeerTensor {
  /** First byte in the file. */
  readonly start: number;
  readonly channels: number;
  readonly inputs: number;
  /** Stored [inputs, channels]. */
  readonly transposed: boolean;
  /** Quantized by `measure` and `save`; others are copied. */
  readonly quantized: boolean;
}

export interface PeerJob {
  readonly work: 'scan' | 'measure' | 'save';
  readonly file: string;
  readonly dtype: 'F32' | 'BF16';
  readonly tensors: readonly PeerTensor[];
  readonly threads: number;
  readonly rounds: number;
  /** Of `save`: the file to write. */
  readonly out?: string;
}
