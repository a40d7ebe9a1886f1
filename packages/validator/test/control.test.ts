import { decodeModule, UnsupportedError } from '@wasm2js/decoder';
import { describe, expect, it } from 'vitest';
import { validateModule } from '../src/index.js';
import { accepts, moduleOf, rejects } from './support.js';

describe('blocks', () => {
  it('take parameters and give results', () =>
    accepts(`(func (param i32) (result i32 i64)
      local.get 0 (block (param i32) (result i32 i64) i64.const 1))`));

  it('leave nothing beyond their results', () =>
    rejects('(func block i32.const 1 end)', {
      message: 'type mismatch: block requires [] but stack has [i32]',
      func: 0,
      at: 'end',
    }));

  it('leave their results', () =>
    rejects('(func (result i32) block (result i32) end)', {
      message: 'type mismatch: instruction requires [i32] but stack has []',
      func: 0,
      at: 'end',
    }));

  it('have defined types', async () => {
    await rejects(moduleOf([0x02, 9, 0x0b, 0x0b]), {
      message: 'unknown type 9: expected a function type, found the module has 1 types',
      func: 0,
      at: 'block',
    });
    await rejects('(type $s (struct)) (func (block (type 0)))', {
      message: 'unknown type 0: expected a function type, found a struct',
      func: 0,
      at: 'block',
    });
  });

  it('nest without limit', () => {
    const depth = 200_000;
    const body: number[] = [];
    for (let i = 0; i < depth; i++) body.push(0x02, 0x40);
    for (let i = 0; i <= depth; i++) body.push(0x0b);
    validateModule(decodeModule(moduleOf(body)));
  });
});

describe('if', () => {
  it('without else needs parameters that match its results', async () => {
    await accepts(
      '(func (param i32) (result i32) local.get 0 local.get 0 (if (param i32) (result i32) (then)))',
    );
    await rejects('(func (param i32) local.get 0 if (result i32) i32.const 1 end drop)', {
      message: 'type mismatch: if without else: expected [i32], found []',
      func: 0,
      at: 'end',
    });
  });

  it('checks both arms', () =>
    rejects(
      '(func (param i32) local.get 0 if (result i32) i32.const 1 else i64.const 1 end drop)',
      {
        message: 'type mismatch: instruction requires [i32] but stack has [i64]',
        func: 0,
        at: 'end',
      },
    ));

  it('checks the first arm at its else', () =>
    rejects('(func (param i32) local.get 0 if (result i32) else i32.const 1 end drop)', {
      message: 'type mismatch: instruction requires [i32] but stack has []',
      func: 0,
      at: 'else',
    }));
});

describe('branches', () => {
  it('carry the results of blocks and the parameters of loops', () =>
    accepts(`(func (result i32) (block (result i32) i32.const 1 br 0))
      (func (param i32) local.get 0 (loop (param i32) br 0))`));

  it('need a label', () =>
    rejects('(func block br 2 end)', {
      message: 'unknown label 2: 2 labels are in scope',
      func: 0,
      at: 'br',
    }));

  it('leave their operands when conditional', () =>
    accepts('(func (result i32) (block (result i32) i32.const 1 i32.const 0 br_if 0))'));

  it('of a table carry as much for every label', () =>
    rejects(
      '(func (result i32) block (result i32) block i32.const 1 i32.const 0 br_table 0 1 end i32.const 2 end)',
      {
        message: 'type mismatch: labels of br_table: expected [i32], found []',
        func: 0,
        at: 'br_table',
      },
    ));

  it('of a table carry what each label expects', () =>
    rejects(
      `(func (result f32) block (result i32) i32.const 1 i32.const 0 br_table 0 1 end
        drop f32.const 0)`,
      {
        message: 'type mismatch: instruction requires [f32] but stack has [i32]',
        func: 0,
        at: 'br_table',
      },
    ));

  it('return what the function returns', () =>
    rejects('(func (result i32) i64.const 1 return)', {
      message: 'type mismatch: instruction requires [i32] but stack has [i64]',
      func: 0,
      at: 'return',
    }));
});

describe('operand stacks', () => {
  it('are refused beyond sixteen million values', () => {
    const results = 1000;
    const type = [0x60, 0, 0xe8, 0x07, ...new Array(results).fill(0x7f)];
    const size = (n: number): number[] => [(n & 0x7f) | 0x80, ((n >> 7) & 0x7f) | 0x80, n >> 14];
    const types = [1, ...type];
    const calls = new Array(17_000).fill([0x10, 0]).flat();
    const code = [0, ...calls, 0x0b];
    const bytes = Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...[1, ...size(types.length), ...types],
      ...[3, 2, 1, 0],
      ...[10, ...size(code.length + 4), 1, ...size(code.length), ...code],
    ]);
    expect(() => validateModule(decodeModule(bytes))).toThrow(UnsupportedError);
  });
});
