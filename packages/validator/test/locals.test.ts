import { describe, it } from 'vitest';
import { accepts, HEADER, leb, rejects, section } from './support.js';

describe('locals', () => {
  it('must exist', () =>
    rejects('(func (param i32) (local i64) local.get 2 drop)', {
      message: 'unknown local 2: the function has 2 locals',
      func: 0,
      at: 'local.get',
    }));

  it('keep their type', async () => {
    await rejects('(func (param i32) (local i64) i32.const 1 local.set 1)', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      func: 0,
      at: 'local.set',
    });
    await rejects('(func (local f32) i32.const 1 local.tee 0 drop)', {
      message: 'type mismatch: instruction requires [f32] but stack has [i32]',
      func: 0,
      at: 'local.tee',
    });
  });

  it('have defined types', () =>
    rejects('(func (local (ref null 4)))', {
      message: 'unknown type 4: the module has 1 types',
      func: 0,
      at: 'code',
    }));

  it('of many runs are found beyond the spread ones', async () => {
    // 300 runs of 166 locals, i32 and i64 by turns; the last one is an i64
    const runs = Array.from({ length: 300 }, (_, i) => [...leb(166), i % 2 ? 0x7e : 0x7f]).flat();
    const body = (type: number): Uint8Array => {
      const code = [...leb(300), ...runs, 0x20, ...leb(300 * 166 - 1), 0x0b];
      return Uint8Array.from([
        ...HEADER,
        ...section(1, [1, 0x60, 0, 1, type]),
        ...section(3, [1, 0]),
        ...section(10, [1, ...leb(code.length), ...code]),
      ]);
    };
    await accepts(body(0x7e));
    await rejects(body(0x7f), {
      message: 'type mismatch: instruction requires [i32] but stack has [i64]',
      func: 0,
      at: 'end',
    });
  });
});

describe('locals without default', () => {
  const type = '(type $t (func))';

  it('are set before use', async () => {
    await accepts(`${type} (func (param (ref $t)) (local (ref $t))
      local.get 0 local.set 1 local.get 1 drop)`);
    await rejects(`${type} (func (local (ref $t)) local.get 0 drop)`, {
      message: 'uninitialized local 0',
      func: 0,
      at: 'local.get',
    });
  });

  it('are set to the end of the block only', () =>
    rejects(
      `${type} (func (param (ref $t)) (local (ref $t))
        block local.get 0 local.set 1 local.get 1 drop end local.get 1 drop)`,
      { message: 'uninitialized local 1', func: 0, at: 'local.get' },
    ));

  it('are set for one arm of an if only', () =>
    rejects(
      `${type} (func (param (ref $t) i32) (local (ref $t))
        local.get 1 if local.get 0 local.set 2 else local.get 2 drop end)`,
      { message: 'uninitialized local 2', func: 0, at: 'local.get' },
    ));

  it('stay set in inner blocks', () =>
    accepts(`${type} (func (param (ref $t)) (local (ref $t))
      local.get 0 local.tee 1 drop block loop local.get 1 drop end end local.get 1 drop)`));
});

describe('globals', () => {
  it('must exist', () =>
    rejects('(global i32 (i32.const 0)) (func global.get 1 drop)', {
      message: 'unknown global 1: 1 globals are defined here',
      func: 0,
      at: 'global.get',
    }));

  it('must be mutable to be set', () =>
    rejects('(global i32 (i32.const 0)) (func i32.const 1 global.set 0)', {
      message: 'immutable global 0',
      func: 0,
      at: 'global.set',
    }));

  it('keep their type', () =>
    rejects('(global (mut i64) (i64.const 0)) (func i32.const 1 global.set 0)', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      func: 0,
      at: 'global.set',
    }));
});
