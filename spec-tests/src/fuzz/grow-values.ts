/** Constants that random functions are made of. */
import { EXNREF, F32, F64, I32, I64, type ValType } from '@wasm2js/decoder';
import type { Random } from '../mutate/random.js';
import type { Encoder } from '../run/encoder.js';

/** Integers at the edges of what instructions tell apart. */
const INTS = [
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
const F32_BITS = [
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
const F64_BITS = [
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

/** Writes a constant instruction of a type: a number, a vector, or a null reference to an exception. */
export function writeConstant(code: Encoder, random: Random, type: ValType): void {
  const int = random.below(3)
    ? random.pick(INTS)
    : (BigInt(random.bits()) << 32n) | BigInt(random.bits());
  if (type === I32) code.byte(0x41).signed(BigInt.asIntN(32, int));
  else if (type === I64) code.byte(0x42).signed(BigInt.asIntN(64, int));
  else if (type === F32) code.byte(0x43).fixed(random.pick(F32_BITS), 32);
  else if (type === F64) code.byte(0x44).fixed(random.pick(F64_BITS), 64);
  else if (type === EXNREF) code.byte(0xd0, 0x69);
  else writeVector(code, random);
}

/** A constant vector of integers or floats. */
function writeVector(code: Encoder, random: Random): void {
  code.byte(0xfd).u32(0x0c);
  const kind = random.below(4);
  const [size, make] = (
    [
      [8, () => BigInt(random.below(3) ? random.below(256) : random.pick([0, 127, 128, 255]))],
      [16, () => BigInt(random.pick([0, 1, 0x7fff, 0x8000, 0xffff, random.below(65536)]))],
      [32, () => random.pick(F32_BITS)],
      [64, () => random.pick([...F64_BITS, ...INTS])],
    ] as [number, () => bigint][]
  )[kind]!;
  for (let i = 0; i < 128; i += size) code.fixed(BigInt.asUintN(size, make()), size);
}
