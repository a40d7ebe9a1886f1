/** Constants that random functions are made of. */

/** Integers at the edges of what instructions tell apart. */
export const INTS = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  31n,
  32n,
  33n,
  63n,
  255n,
  0xffffn,
  0x7fff_ffffn,
  -0x8000_0000n,
  0xffff_ffffn,
  1n << 32n,
  1n << 53n,
  -(1n << 63n),
  (1n << 63n) - 1n,
];
/** Bits of floats, NaNs of all kinds among them. */
export const F32_BITS = [
  0n,
  0x8000_0000n,
  0x3f80_0000n,
  0xbfc0_0000n,
  0x4f00_0000n,
  0xcf00_0001n,
  0x7f80_0000n,
  0x7fc0_0000n,
  0x7fa0_0001n,
  0xffc1_2345n,
  1n,
  0x5f80_0000n,
];
export const F64_BITS = [
  0n,
  1n << 63n,
  0x3ff0_0000_0000_0000n,
  0xbff8_0000_0000_0000n,
  0x41e0_0000_0000_0000n,
  0xc1e0_0000_0020_0000n,
  0x43e0_0000_0000_0000n,
  0x7ff0_0000_0000_0000n,
  0x7ff8_0000_0000_0000n,
  0x7ff4_0000_0000_0001n,
  0xfff8_1234_5678_9abcn,
  1n,
  0x47ef_ffff_f000_0000n,
];
