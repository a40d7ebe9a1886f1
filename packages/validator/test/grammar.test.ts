import { describe, it } from 'vitest';
import { HEADER, malformed, moduleOf, rejects, section } from './support.js';

describe('the grammar of bodies', () => {
  it('refuses code without end', () =>
    malformed(moduleOf([0x02, 0x40, 0x0b]), {
      message: 'unexpected end of section or function',
      func: 0,
      at: 'code',
    }));

  it('refuses code behind the end', () =>
    malformed(moduleOf([0x0b, 0x01]), { message: 'END opcode expected', func: 0, at: 'nop' }));

  it('refuses else without if', () =>
    malformed(moduleOf([0x02, 0x40, 0x05, 0x0b, 0x0b]), {
      message: 'unexpected else: no if is open',
      func: 0,
      at: 'else',
    }));

  it('refuses catch without try', () =>
    malformed(moduleOf([0x19, 0x0b]), {
      message: 'unexpected catch_all: no try is open',
      func: 0,
      at: 'catch_all',
    }));

  it('refuses an unknown instruction', () =>
    malformed(moduleOf([0xff, 0x0b]), { message: 'illegal opcode ff', func: 0, at: 'code' }));

  it('comes before validity', () =>
    malformed(moduleOf([0x1a, 0x05, 0x0b]), {
      message: 'unexpected else',
      func: 0,
      at: 'else',
    }));

  it('asks for a data count section', () =>
    malformed(moduleOf([0x1a, 0xfc, 9, 0, 0x0b]), {
      message: 'data count section required',
      func: 0,
      at: 'data.drop',
    }));
});

describe('the grammar of constant expressions', () => {
  const global = (...expr: number[]): Uint8Array =>
    Uint8Array.from([...HEADER, ...section(6, [1, 0x7f, 0, ...expr])]);

  it('comes before validity', async () => {
    await malformed(global(0x02, 0x40, 0x05, 0x0b, 0x41, 0, 0x0b), {
      message: 'unexpected else: no if is open',
      at: 'else',
    });
    await rejects(global(0x02, 0x40, 0x0b, 0x41, 0, 0x0b), {
      message: 'constant expression required: found block',
      at: 'block',
    });
  });
});
