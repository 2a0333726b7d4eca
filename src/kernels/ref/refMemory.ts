/** The memory of the reference backend: one buffer, little-endian access at any byte offset. */
export class RefMemory {
  bytes: Uint8Array;
  view: DataView;

  constructor(totalBytes: number) {
    const buffer = new ArrayBuffer(totalBytes);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Grows to at least this many bytes; earlier views go stale. */
  reserve(totalBytes: number): void {
    if (totalBytes <= this.bytes.length) return;
    const grown = new Uint8Array(totalBytes);
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  float32(pointer: number, index: number): number {
    return this.view.getFloat32(pointer + 4 * index, true);
  }

  setFloat32(pointer: number, index: number, value: number): void {
    this.view.setFloat32(pointer + 4 * index, value, true);
  }

  float64(pointer: number, index: number): number {
    return this.view.getFloat64(pointer + 8 * index, true);
  }

  setFloat64(pointer: number, index: number, value: number): void {
    this.view.setFloat64(pointer + 8 * index, value, true);
  }

  uint16(pointer: number, index: number): number {
    return this.view.getUint16(pointer + 2 * index, true);
  }

  setUint16(pointer: number, index: number, value: number): void {
    this.view.setUint16(pointer + 2 * index, value, true);
  }

  uint32(pointer: number, index: number): number {
    return this.view.getUint32(pointer + 4 * index, true);
  }

  setUint32(pointer: number, index: number, value: number): void {
    this.view.setUint32(pointer + 4 * index, value, true);
  }
}
