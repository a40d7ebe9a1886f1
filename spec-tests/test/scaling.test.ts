import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { expect, test } from 'vitest';
import { exponent } from '../src/scaling/exponent.js';
import { families } from '../src/scaling/families.js';

const sizes = [1000, 2000, 4000, 8000, 16000];
const points = (value: (size: number) => number) =>
  sizes.map((size) => ({ size, value: value(size) }));

test('the exponent of what grows by a power', () => {
  expect(
    exponent(
      points((n) => n / 1e4),
      0,
    ),
  ).toBeCloseTo(1);
  expect(
    exponent(
      points((n) => n ** 2 / 1e8),
      0,
    ),
  ).toBeCloseTo(2);
  // What is always there hides nothing of what grows faster.
  expect(
    exponent(
      points((n) => 0.01 + n ** 2 / 1e8),
      0.02,
    ),
  ).toBeGreaterThan(1.7);
  expect(
    exponent(
      points(() => 0.01),
      0.02,
    ),
  ).toBeUndefined();
  // A family's greatest size may come right behind the one before.
  const close = [
    { size: 44_800, value: 80 },
    { size: 50_000, value: 100 },
  ];
  expect(exponent(close, 0)).toBeUndefined();
  expect(exponent([{ size: 22_400, value: 42 }, ...close], 0)).toBeCloseTo(1, 0);
});

test.each(families.map((family) => [family.name, family] as const))(
  'valid modules: %s',
  (_, { make }) => {
    for (const n of [2, 70, 300]) expect(() => validateModule(decodeModule(make(n)))).not.toThrow();
  },
);
