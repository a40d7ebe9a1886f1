/** How a quantity grows with the size: the exponent of the power law that fits best. */

/** Points below this share of the largest say more about what is always there than about growth. */
const LEAST = 1 / 40;

/** Sizes that are closer than this factor tell no growth: what a machine makes of them differs by as much. */
const APART = 1.5;

/**
 * The slope of a line through the logarithms of the last points.
 * @param points sizes and what they took, in ascending order
 * @param floor values up to this are not looked at
 * @returns undefined where no two points are large enough and far enough apart
 */
export function exponent(
  points: readonly { size: number; value: number }[],
  floor: number,
): number | undefined {
  const largest = points[points.length - 1]?.value ?? 0;
  const used = points
    .filter(({ value }) => value > floor && value > largest * LEAST)
    .slice(-4)
    .map(({ size, value }) => [Math.log(size), Math.log(value)] as const);
  if (used.length < 2 || used[used.length - 1]![0] - used[0]![0] < Math.log(APART))
    return undefined;
  const mean = (k: 0 | 1): number => used.reduce((sum, p) => sum + p[k], 0) / used.length;
  const [x, y] = [mean(0), mean(1)];
  const up = used.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0);
  return up / used.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
}
