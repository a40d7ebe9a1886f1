import { describe, it } from 'vitest';
import { accepts, HEADER, rejects, section } from './support.js';

describe('exports', () => {
  it('have different names', () =>
    rejects('(func (export "a")) (memory (export "a") 1)', {
      message: 'duplicate export name "a"',
      at: 'export',
    }));

  it.each([
    ['func', 'function', 'functions'],
    ['table', 'table', 'tables'],
    ['memory', 'memory', 'memories'],
    ['global', 'global', 'globals'],
    ['tag', 'tag', 'tags'],
  ])('refer to a defined %s', (kind, thing, things) =>
    rejects(`(export "x" (${kind} 2))`, {
      message: `unknown ${thing} 2: the module has 0 ${things}`,
      at: 'export',
    }),
  );
});

describe('the start function', () => {
  it('exists', () =>
    rejects('(start 1)', {
      message: 'unknown function 1: the module has 0 functions',
      at: 'start',
    }));

  it('has neither parameters nor results', () =>
    rejects('(func $f (param i32)) (start $f)', {
      message: 'start function must have neither parameters nor results, found 1 and 0',
      at: 'start',
    }));
});

describe('functions', () => {
  it('have a function type', () =>
    rejects('(type (struct)) (import "m" "f" (func (type 0)))', {
      message: 'unknown type 0: expected a function type, found a struct',
      at: 'import',
    }));

  it('have a defined type', () =>
    rejects(Uint8Array.from([...HEADER, ...section(3, [1, 2]), ...section(10, [1, 2, 0, 0x0b])]), {
      message: 'unknown type 2: expected a function type, found the module has 0 types',
      func: 0,
      at: 'code',
    }));
});

describe('memories', () => {
  it.each([
    ['65537', 'memory size must be at most 65536 pages (4GiB), found 65537'],
    ['0 65537', 'memory size must be at most 65536 pages (4GiB), found 65537'],
    ['2 1', 'size minimum must not be greater than maximum: minimum 2, maximum 1'],
    ['i64 0x1000000000001', 'memory size must be at most 281474976710656 pages'],
    ['0x100000000 (pagesize 1)', 'memory size must be at most 4294967295 pages'],
    ['0 (pagesize 4)', 'invalid custom page size: expected 1 or 65536, found 2^2'],
  ])('refuse %s', async (type, message) => {
    await rejects(`(memory ${type})`, { message, at: 'memory' });
    await rejects(`(import "m" "m" (memory ${type}))`, { message, at: 'import' });
  });

  it('have a maximum when shared', () =>
    rejects(Uint8Array.from([...HEADER, ...section(5, [1, 2, 1])]), {
      message: 'shared memory must have maximum',
      at: 'memory',
    }));

  it('may have the largest size', () =>
    accepts('(memory 65536) (memory i64 0x1000000000000) (memory 0xffffffff (pagesize 1))'));
});

describe('numbers of memories and tables', () => {
  it('are free by default', () =>
    accepts('(memory 1) (memory 1) (table 1 funcref) (table 1 funcref)'));

  it('are limited by options', async () => {
    await rejects(
      '(import "m" "m" (memory 1)) (memory 1)',
      { message: 'multiple memories: at most 1 allowed, found 2', at: 'memory' },
      { maxMemories: 1 },
    );
    await rejects(
      '(table 1 funcref) (table 1 funcref)',
      { message: 'multiple tables: at most 1 allowed, found 2', at: 'table' },
      { maxTables: 1 },
    );
  });
});
