/** x' of a code: α are added in the order of the planes, each sum rounded to F32. */
export function decodePlanes(code: number, alpha: ArrayLike<number>): number {
  let sum = 0;
  for (let plane = 0; plane < alpha.length; plane++) {
    const signed = (code >> plane) & 1 ? alpha[plane]! : -alpha[plane]!;
    sum = plane === 0 ? signed : Math.fround(sum + signed);
  }
  return sum;
}
