/** The modules by which hosts are asked for features. */
import { decodeModule, detectFeatures, FEATURES, type Feature, probesOf } from '@wasm2js/decoder';
import { expect, test } from 'vitest';
import { validateModule } from '../src/index.js';

test('each probe needs its feature, and the host and we read it alike', () => {
  const old: Feature[] = [
    'sign-extension',
    'multi-value',
    'bulk-memory',
    'simd',
    'tail-call',
    'threads',
  ];
  for (const feature of FEATURES) {
    for (const hex of probesOf([feature])) {
      const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
      const module = decodeModule(bytes);
      validateModule(module);
      expect(detectFeatures(module)).toContain(feature);
      if (old.includes(feature)) expect(WebAssembly.validate(bytes)).toBe(true);
    }
  }
  const without = FEATURES.filter((feature) => probesOf([feature]).length === 0);
  expect(without).toEqual(['mvp', 'branch-hinting']);
});
