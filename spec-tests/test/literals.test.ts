import { expect, test } from 'vitest';
import { floatBits, integerBits } from '../src/script/literals.js';

const view = new DataView(new ArrayBuffer(8));
const f64 = (value: number) => {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};
const f32 = (value: number) => {
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
};

test('integers', () => {
  expect(integerBits('-1', 32)).toBe(0xffff_ffffn);
  expect(integerBits('+0x7fff_ffff', 32)).toBe(0x7fff_ffffn);
  expect(integerBits('-0x8000_0000_0000_0000', 64)).toBe(1n << 63n);
});

test.each([
  '0',
  '-0',
  '1',
  '0.1',
  '-1.5e10',
  '123456789.123456789',
  '1e308',
  '1.7976931348623157e308',
  '1.8e308',
  '4.9e-324',
  '2.4703282292062327e-324',
  '2.4703282292062328e-324',
  '2.2250738585072014e-308',
  '2.2250738585072011e-308',
  '9007199254740993',
  '9007199254740995',
  '1.',
  '5e-1',
])('the double %s', (literal) => {
  expect(floatBits(literal, 64)).toBe(f64(Number(literal)));
});

test.each([
  ['0x1p-149', 1n],
  ['0x1p-150', 0n],
  ['0x1.000002p-150', 1n],
  ['0x1.fffffep+127', 0x7f7f_ffffn],
  ['0x1.ffffffp+127', 0x7f80_0000n],
  ['0x1.fffffefffffff8p+127', 0x7f7f_ffffn],
  ['0x0.000001fffffcp-126', 1n],
  ['-0x1p-126', 0x8080_0000n],
  ['0x1.fffffcp-127', 0x007f_ffffn],
  ['0x1.fffffep-127', 0x0080_0000n],
  ['inf', 0x7f80_0000n],
  ['-nan', 0xffc0_0000n],
  ['nan:0x200000', 0x7fa0_0000n],
  ['0xab.cp1', f32(343.5)],
])('the float %s', (literal, bits) => {
  expect(floatBits(literal, 32)).toBe(bits);
});

test('decimal to float rounds once', () => {
  // Halfway between two floats plus less than a double can tell: rounding twice would go down.
  expect(floatBits('1.00000005960464477539062500000000001', 32)).toBe(0x3f80_0001n);
  expect(floatBits('1.000000059604644775390625', 32)).toBe(0x3f80_0000n);
});

test('many doubles', () => {
  let seed = 12345n;
  for (let i = 0; i < 2000; i++) {
    seed = BigInt.asUintN(64, seed * 6364136223846793005n + 1442695040888963407n);
    view.setBigUint64(0, seed);
    const value = view.getFloat64(0);
    if (!Number.isFinite(value)) continue;
    expect(floatBits(`${value}`, 64)).toBe(seed);
    expect(floatBits(`${value}`, 32)).toBe(f32(Math.fround(value)));
  }
});
