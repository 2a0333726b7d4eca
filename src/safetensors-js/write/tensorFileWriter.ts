import type { ByteSink } from '../bytes/byteSink.ts';
import { SafetensorsError } from '../error.ts';
import type { TensorInfo } from '../header/header.ts';
import type { FilePlan } from './planFile.ts';
import { WriteLedger } from './writeLedger.ts';

/** Writes a planned file through a sink, in any order, and vouches that it is complete. */
export class TensorFileWriter {
  readonly plan: FilePlan;
  readonly #sink: ByteSink;
  readonly #ledger: WriteLedger;
  readonly #tensors: ReadonlyMap<string, TensorInfo>;

  /** The sink stays the caller's: close it after `finish`, or after a failure. */
  constructor(plan: FilePlan, sink: ByteSink) {
    this.plan = plan;
    this.#sink = sink;
    this.#ledger = new WriteLedger(plan.fileBytes);
    this.#tensors = new Map(plan.tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Writes the length prefix and the header. @throws SafetensorsError `write/overlap`, `file/*` */
  async writeHeader(): Promise<void> {
    await this.#write(0, this.plan.headerBytes);
  }

  /**
   * Writes bytes of a tensor from `offsetInTensor` (bytes) on.
   * @throws SafetensorsError `write/unknown-tensor`, `write/outside-tensor`, `write/overlap`, `file/*`
   */
  async writeAt(name: string, offsetInTensor: number, bytes: Uint8Array): Promise<void> {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw SafetensorsError.of('write/unknown-tensor', { tensor: name });
    const tensorBytes = tensor.end - tensor.start;
    const end = offsetInTensor + bytes.length;
    if (!Number.isSafeInteger(offsetInTensor) || offsetInTensor < 0 || end > tensorBytes) {
      throw SafetensorsError.of('write/outside-tensor', { tensor: name, start: offsetInTensor, end, tensorBytes });
    }
    await this.#write(tensor.start + offsetInTensor, bytes);
  }

  /** Checks that every byte was written, then waits until they are safe. @throws SafetensorsError `write/incomplete`, `file/*` */
  async finish(): Promise<void> {
    this.#ledger.assertComplete();
    await this.#sink.sync();
  }

  async #write(position: number, bytes: Uint8Array): Promise<void> {
    const end = position + bytes.length;
    this.#ledger.assertFree(position, end);
    await this.#sink.write(position, bytes);
    // Recorded only now: a write that failed leaves a hole, which `finish` reports and another try may fill.
    this.#ledger.wrote(position, end);
  }
}
