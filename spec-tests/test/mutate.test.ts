import { decodeModule, WasmError } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { describe, expect, it } from 'vitest';
import { mutate } from '../src/mutate/mutations.js';
import { Random } from '../src/mutate/random.js';
import { loadSeeds } from '../src/mutate/seeds.js';

const seeds = await loadSeeds();

describe('damaged modules', () => {
  it('start from valid seeds', () => {
    for (const { name, bytes } of seeds) {
      expect(() => validateModule(decodeModule(bytes)), name).not.toThrow();
    }
  });

  it('are the same for the same random state', () => {
    for (let index = 0; index < 50; index++) {
      const once = mutate(seeds, new Random(index));
      expect(mutate(seeds, new Random(index))).toEqual(once);
    }
  });

  it('are accepted or refused with a typed error', () => {
    let accepted = 0;
    for (let index = 0; index < 1000; index++) {
      const { bytes } = mutate(seeds, new Random(index));
      try {
        validateModule(decodeModule(bytes));
        accepted++;
      } catch (error) {
        expect(error, `module ${index}`).toBeInstanceOf(WasmError);
      }
    }
    expect(accepted).toBeGreaterThan(20);
  });
});
