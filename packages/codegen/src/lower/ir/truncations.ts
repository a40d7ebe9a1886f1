/** The truncations of floats to i32 that are helpers, and for which numbers they do not trap. */

/** Open ranges of the truncations to i32. */
export const TRUNCATIONS: Record<string, [number, number]> = {
  _i32_trunc_s: [-2147483649, 2147483648],
  _i32_trunc_u: [-1, 4294967296],
  _i32_trunc_sat_s: [-2147483649, 2147483648],
  _i32_trunc_sat_u: [-1, 4294967296],
};
