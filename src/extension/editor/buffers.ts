/** The bytes of a typed array as one ArrayBuffer of its own, which `postMessage` carries without JSON. */
export function bufferOf(array: Float32Array | Float64Array | Uint16Array): ArrayBuffer {
  const copy = new Uint8Array(array.byteLength);
  copy.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return copy.buffer;
}
