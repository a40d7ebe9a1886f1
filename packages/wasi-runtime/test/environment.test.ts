import { describe, expect, test } from 'vitest';
import { variableEntries } from '../src/core/variables.js';
import { MemoryHost, WasiExit } from '../src/index.js';
import { Guest } from './guest.js';

describe.each([
  ['by name', { A: 'b', EMPTY: '', GONE: undefined }],
  ['as bytes', new TextEncoder().encode('A=b\0EMPTY=\0no end')],
])('arguments and environment, %s', (_, env) => {
  const guest = new Guest({ args: ['prog', 'ein', '€'], env });

  test('for a component', () => {
    expect(variableEntries(env)).toEqual([
      ['A', 'b'],
      ['EMPTY', ''],
    ]);
  });

  test.each([
    ['args', ['prog', 'ein', '€']],
    ['environ', ['A=b', 'EMPTY=']],
  ])('%s', (family, expected) => {
    expect(guest.run(`${family}_sizes_get`, guest.out, guest.out + 4)).toBe('SUCCESS');
    const count = guest.u32();
    const size = guest.u32(guest.out + 4);
    expect(count).toBe(expected.length);
    expect(size).toBe(new TextEncoder().encode(expected.join('\0')).length + 1);
    expect(guest.run(`${family}_get`, 2000, 3000)).toBe('SUCCESS');
    const strings = expected.map((_, i) => {
      const at = guest.u32(2000 + i * 4);
      return guest.text(at, guest.bytes.indexOf(0, at) - at);
    });
    expect(strings).toEqual(expected);
  });

  test('pointers outside memory', () => {
    expect(guest.run('args_get', 0xfffffff0, 3000)).toBe('FAULT');
    expect(guest.run('args_get', 2000, -1)).toBe('FAULT');
    expect(guest.run('args_sizes_get', guest.bytes.length - 3, 0)).toBe('FAULT');
  });

  test('NUL is refused', () => {
    expect(() => new Guest({ args: ['a\0b'] })).toThrow(TypeError);
  });
});

describe.each([
  ['node', undefined],
  ['memory', new MemoryHost()],
])('clocks and random on %s', (_name, host) => {
  const guest = new Guest({ host });

  test('clocks', () => {
    for (const id of [0, 1, 2, 3]) {
      expect(guest.run('clock_res_get', id, guest.out)).toBe('SUCCESS');
      expect(guest.u64()).toBeGreaterThan(0n);
      expect(guest.run('clock_time_get', id, 0n, guest.out)).toBe('SUCCESS');
      expect(guest.u64()).toBeGreaterThan(0n);
    }
    guest.run('clock_time_get', 0, 0n, guest.out);
    expect(Math.abs(Number(guest.u64()) / 1e6 - Date.now())).toBeLessThan(1000);
    expect(guest.run('clock_time_get', 4, 0n, guest.out)).toBe('INVAL');
    expect(guest.run('clock_res_get', 4, guest.out)).toBe('INVAL');
    expect(guest.run('clock_time_get', 0, 0n, -4)).toBe('FAULT');
  });

  test('the monotonic clock does not go back', () => {
    let last = 0n;
    for (let i = 0; i < 1000; i++) {
      guest.run('clock_time_get', 1, 0n, guest.out);
      expect(guest.u64()).toBeGreaterThanOrEqual(last);
      last = guest.u64();
    }
  });

  test('random', () => {
    expect(guest.run('random_get', 100_000, 200_000)).toBe('SUCCESS');
    const counts = new Uint32Array(256);
    for (const byte of guest.bytes.subarray(100_000, 300_000)) counts[byte]!++;
    expect(Math.min(...counts)).toBeGreaterThan(500);
    expect(guest.run('random_get', 0, 0)).toBe('SUCCESS');
    expect(guest.run('random_get', 1 << 19, 1 << 20)).toBe('FAULT');
  });
});

describe('the process', () => {
  const guest = new Guest();

  test('exit and signals', () => {
    expect(() => guest.run('proc_exit', 33)).toThrow(new WasiExit(33));
    expect(() => guest.run('proc_raise', 6)).toThrow(new WasiExit(134));
    expect(guest.run('proc_raise', 0)).toBe('SUCCESS');
    expect(guest.run('proc_raise', 16)).toBe('SUCCESS');
    expect(guest.run('proc_raise', 31)).toBe('INVAL');
    expect(guest.run('sched_yield')).toBe('SUCCESS');
  });
});
