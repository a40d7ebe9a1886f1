/** The few statistics that measurements are told by. */

/** The middle of the values, NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The geometric mean of the positive values, NaN of none. */
export function geomean(values: readonly number[]): number {
  const logs = values.filter((value) => value > 0).map(Math.log);
  return logs.length === 0
    ? Number.NaN
    : Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length);
}
