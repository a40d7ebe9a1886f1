import { describe, it } from 'vitest';
import { accepts, rejects } from './support.js';

describe('memory access', () => {
  it('needs a memory', () =>
    rejects('(func i32.const 0 i32.load drop)', {
      message: 'unknown memory 0: the module has 0 memories',
      func: 0,
      at: 'i32.load',
    }));

  it('is aligned at most naturally', async () => {
    await accepts(
      '(memory 1) (func i32.const 0 i64.load align=8 drop i32.const 0 i64.load align=1 drop)',
    );
    await rejects('(memory 1) (func i32.const 0 i32.load16_s align=4 drop)', {
      message: 'alignment must not be larger than natural: expected 2, found 4 bytes',
      func: 0,
      at: 'i32.load16_s',
    });
  });

  it('has an offset below 2^32 with 32-bit addresses', async () => {
    await rejects('(memory 1) (func i32.const 0 i32.load offset=0x100000000 drop)', {
      message: 'offset out of range: expected less than 2^32, found 4294967296',
      func: 0,
      at: 'i32.load',
    });
    await accepts('(memory i64 1) (func i64.const 0 i32.load offset=0x100000000 drop)');
  });

  it('takes addresses of the type of its memory', async () => {
    await accepts(`(memory 1) (memory $b i64 1) (data "x")
      (func i64.const 0 i32.const 1 i32.store $b)
      (func (result i64) i64.const 1 memory.grow $b)
      (func i64.const 0 i32.const 0 i64.const 0 memory.fill $b)
      (func i64.const 0 i32.const 0 i32.const 0 memory.init $b 0)`);
    await rejects('(memory i64 1) (func i32.const 0 i32.load drop)', {
      message: 'type mismatch: instruction requires [i64] but stack has [i32]',
      func: 0,
      at: 'i32.load',
    });
    await rejects('(memory 1) (memory $b i64 1) (func (result i32) memory.size $b)', {
      message: 'type mismatch: instruction requires [i32] but stack has [i64]',
      func: 0,
      at: 'end',
    });
  });

  it('copies between address types in the smaller one', async () => {
    await accepts(`(memory $a 1) (memory $b i64 1)
      (func i32.const 0 i64.const 0 i32.const 0 memory.copy $a $b)
      (func i64.const 0 i32.const 0 i32.const 0 memory.copy $b $a)
      (func i64.const 0 i64.const 0 i64.const 0 memory.copy $b $b)`);
    await rejects(
      '(memory $a 1) (memory $b i64 1) (func i32.const 0 i64.const 0 i64.const 0 memory.copy $a $b)',
      {
        message: 'type mismatch: instruction requires [i32 i64 i32] but stack has [i32 i64 i64]',
        func: 0,
        at: 'memory.copy',
      },
    );
  });

  it('needs the data segment', () =>
    rejects('(memory 1) (data "x") (func i32.const 0 i32.const 0 i32.const 0 memory.init 3)', {
      message: 'unknown data segment 3: the module has 1 data segments',
      func: 0,
      at: 'memory.init',
    }));
});

describe('atomic access', () => {
  it('is aligned exactly', async () => {
    await accepts('(memory 1 1 shared) (func i32.const 0 i32.atomic.load drop atomic.fence)');
    await rejects('(memory 1 1 shared) (func i32.const 0 i32.atomic.load align=2 drop)', {
      message: 'alignment must be natural: expected 4, found 2 bytes',
      func: 0,
      at: 'i32.atomic.load',
    });
    await rejects('(memory 1 1 shared) (func i32.const 0 i32.atomic.load align=8 drop)', {
      message: 'alignment must not be larger than natural: expected 4, found 8 bytes',
      func: 0,
      at: 'i32.atomic.load',
    });
  });

  it('has typed operands', () =>
    rejects(
      `(memory 1 1 shared) (func i32.const 0 i64.const 1 i32.const 2 i64.atomic.rmw.cmpxchg drop)`,
      {
        message: 'type mismatch: instruction requires [i32 i64 i64] but stack has [i32 i64 i32]',
        func: 0,
        at: 'i64.atomic.rmw.cmpxchg',
      },
    ));
});

describe('lanes', () => {
  it('are below the number of lanes', async () => {
    await accepts('(func (param v128) (result i32) local.get 0 i8x16.extract_lane_u 15)');
    await rejects('(func (param v128) local.get 0 f64x2.extract_lane 2 drop)', {
      message: 'invalid lane index: expected less than 2, found 2',
      func: 0,
      at: 'f64x2.extract_lane',
    });
    await rejects(
      `(func (param v128) local.get 0 local.get 0
        i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 32 drop)`,
      {
        message: 'invalid lane index: expected less than 32, found 32',
        func: 0,
        at: 'i8x16.shuffle',
      },
    );
  });

  it('of memory access are checked like it', async () => {
    await rejects(
      '(memory 1) (func (param v128) i32.const 0 local.get 0 v128.load32_lane 4 drop)',
      {
        message: 'invalid lane index: expected less than 4, found 4',
        func: 0,
        at: 'v128.load32_lane',
      },
    );
    await rejects(
      '(memory 1) (func (param v128) i32.const 0 local.get 0 v128.store16_lane align=4 0)',
      { message: 'alignment must not be larger than natural', func: 0, at: 'v128.store16_lane' },
    );
  });
});
