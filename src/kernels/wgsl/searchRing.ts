import { JOB_WORDS } from './prelude.ts';

const SLOTS = 4;
/** Most bytes of all slots. */
const RING_BYTES = 256 * 2 ** 20;

/** Sizes of the buffers of a slot that depend on what is searched. */
export interface BufferBytes {
  readonly weights: number;
  readonly found: number;
  readonly scratch: number;
}

/** The buffers of a block, and how kernels see them. */
export interface SlotBuffers {
  readonly bytes: BufferBytes;
  readonly job: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly found: GPUBuffer;
  readonly scratch: GPUBuffer;
  readonly readBack: GPUBuffer;
  readonly bindings: GPUBindGroup;
}

/** Place for a block in flight. */
export interface Slot {
  buffers: SlotBuffers | null;
}

interface Waiter {
  readonly resolve: (slot: Slot) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of a slot: the read-back is as large as what is found, and the driver stages uploads once more. */
export function slotBytes({ weights, found, scratch }: BufferBytes): number {
  return 2 * (weights + 4 * JOB_WORDS) + 2 * found + scratch;
}

/** Slots that blocks take in turn. Buffers are kept for the blocks to come: to make them costs as much as a small block. */
export class SearchRing {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #mostBytes: number;
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({ buffers: null }));
  readonly #free: Slot[] = [...this.#slots];
  readonly #waiting: Waiter[] = [];
  #isClosed = false;

  constructor(device: GPUDevice, layout: GPUBindGroupLayout, mostBytes = RING_BYTES) {
    this.#device = device;
    this.#layout = layout;
    this.#mostBytes = mostBytes;
  }

  /** What a block may need. */
  get mostSlotBytes(): number {
    return this.#mostBytes / SLOTS;
  }

  /** Bytes of the buffers that there are, by `slotBytes`. */
  get bytes(): number {
    return this.#slots.reduce((sum, { buffers }) => sum + (buffers === null ? 0 : slotBytes(buffers.bytes)), 0);
  }

  /** A slot for the caller alone, first come, first served. @throws Error where the ring is closed */
  take(): Promise<Slot> {
    if (this.#isClosed) return Promise.reject(closed());
    // The one that was given back last: a caller that is alone then needs the buffers of one slot.
    const slot = this.#free.pop();
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  give(slot: Slot): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#free.push(slot);
    else waiter.resolve(slot);
  }

  /** Gives back a slot whose buffers may be in any state: the next block has new ones. */
  giveFailed(slot: Slot): void {
    drop(slot);
    this.give(slot);
  }

  /** The buffers of a slot that was taken, at least as large as needed. Errors of the device go to the caller's scopes. */
  fit(slot: Slot, needed: BufferBytes): SlotBuffers {
    if (this.#isClosed) throw closed();
    const kept = slot.buffers?.bytes ?? needed;
    const largest = {
      weights: Math.max(kept.weights, needed.weights),
      found: Math.max(kept.found, needed.found),
      scratch: Math.max(kept.scratch, needed.scratch),
    };
    if (slot.buffers !== null && slotBytes(largest) === slotBytes(kept)) return slot.buffers;
    drop(slot);
    slot.buffers = this.#make(slotBytes(largest) <= this.mostSlotBytes ? largest : needed);
    return slot.buffers;
  }

  /** Destroys the buffers: blocks in flight fail, and so do all that wait. */
  close(): void {
    this.#isClosed = true;
    for (const slot of this.#slots) drop(slot);
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
  }

  #make(bytes: BufferBytes): SlotBuffers {
    const device = this.#device;
    const [UNIFORM, STORAGE, COPY_SRC, COPY_DST, MAP_READ] = [0x40, 0x80, 0x04, 0x08, 0x01];
    const job = device.createBuffer({ size: 4 * JOB_WORDS, usage: UNIFORM | COPY_DST });
    const weights = device.createBuffer({ size: bytes.weights, usage: STORAGE | COPY_DST });
    const found = device.createBuffer({ size: bytes.found, usage: STORAGE | COPY_SRC });
    const scratch = device.createBuffer({ size: bytes.scratch, usage: STORAGE });
    const readBack = device.createBuffer({ size: bytes.found, usage: MAP_READ | COPY_DST });
    const bindings = device.createBindGroup({
      layout: this.#layout,
      entries: [job, weights, found, scratch].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return { bytes, job, weights, found, scratch, readBack, bindings };
  }
}

function drop(slot: Slot): void {
  if (slot.buffers === null) return;
  const { job, weights, found, scratch, readBack } = slot.buffers;
  for (const buffer of [job, weights, found, scratch, readBack]) buffer.destroy();
  slot.buffers = null;
}

function closed(): Error {
  return new Error('the searches of this device were closed');
}
