/** How often each code occurs in packed rows. Twin: ref/countCodes.ts; layout: ref/bitStream.ts. */

/** Whole bytes of codes of 1, 2, 4 or 8 bits, of which each holds the same codes: counted first, taken apart at the end. */
const byteCounts: usize = memory.data(4 * 256 * 4, 16);

/** Adds to `counts`, U32 [2^bits], the codes of `rows` rows of `inputs` codes, `rowBytes` bytes each. */
export function countCodes(codes: usize, rows: u32, rowBytes: u32, inputs: u32, bits: u32, counts: usize): void {
  const codesPerByte = 8 / bits;
  if (codesPerByte * bits != 8) {
    for (let row: u32 = 0; row < rows; row++) countEach(codes + row * rowBytes, 0, inputs, bits, counts);
    return;
  }
  memory.fill(byteCounts, 0, 4 * 256 * 4);
  const whole = inputs / codesPerByte;
  for (let row: u32 = 0; row < rows; row++) {
    const start = codes + row * rowBytes;
    countBytes(start, start + whole);
    countEach(start, whole * codesPerByte, inputs, bits, counts);
  }
  for (let byte: u32 = 0; byte < 256; byte++) {
    const at = byteCounts + byte * 4;
    const count = load<u32>(at) + load<u32>(at, 1024) + load<u32>(at, 2048) + load<u32>(at, 3072);
    if (count == 0) continue;
    for (let bit: u32 = 0; bit < 8; bit += bits) {
      const place = counts + ((byte >>> bit) & ((1 << bits) - 1)) * 4;
      store<u32>(place, load<u32>(place) + count);
    }
  }
}

/** Four tables take turns: a count that was just stored need not be waited for. */
function countBytes(byte: usize, end: usize): void {
  for (const fours = byte + ((end - byte) & ~3); byte < fours; byte += 4) {
    const four = load<u32>(byte);
    const at0 = byteCounts + ((four << 2) & 0x3fc);
    store<u32>(at0, load<u32>(at0) + 1);
    const at1 = byteCounts + ((four >>> 6) & 0x3fc);
    store<u32>(at1, load<u32>(at1, 1024) + 1, 1024);
    const at2 = byteCounts + ((four >>> 14) & 0x3fc);
    store<u32>(at2, load<u32>(at2, 2048) + 1, 2048);
    const at3 = byteCounts + ((four >>> 22) & 0x3fc);
    store<u32>(at3, load<u32>(at3, 3072) + 1, 3072);
  }
  for (; byte < end; byte++) {
    const last = byteCounts + (<usize>load<u8>(byte) << 2);
    store<u32>(last, load<u32>(last) + 1);
  }
}

/** Codes [from, to) of a row, one by one. */
function countEach(row: usize, from: u32, to: u32, bits: u32, counts: usize): void {
  const mask: u32 = (1 << bits) - 1;
  for (let bit = from * bits; bit < to * bits; bit += bits) {
    const at = row + (bit >>> 3);
    const position = bit & 7;
    let window: u32 = load<u8>(at);
    if (position + bits > 8) window |= <u32>load<u8>(at, 1) << 8;
    const place = counts + ((window >>> position) & mask) * 4;
    store<u32>(place, load<u32>(place) + 1);
  }
}
