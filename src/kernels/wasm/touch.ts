const LINE_BYTES: usize = 64;
const sink: usize = memory.data(8, 8);

/**
 * Brings [source, end) into the cache with one load a line. These loads depend on nothing, so dozens are under way at
 * once; a loop that does much work per line has but one or two under way, and waits for memory at every line.
 */
export function touch(source: usize, end: usize): void {
  let all: u64 = 0;
  for (; source + 8 <= end; source += LINE_BYTES) all |= load<u64>(source);
  // Kept, or the loads would be left out.
  store<u64>(sink, all);
}
