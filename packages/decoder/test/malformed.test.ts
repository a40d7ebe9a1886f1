import { describe, expect, it } from 'vitest';
import { decodeModule, LIMITS, UnsupportedError } from '../src/index.js';
import { assemble, HEADER, leb, malformedBy, moduleBytes, section } from './binary.js';

const END = 'unexpected end of section or function';
const TYPE = section(1, 1, 0x60, 0, 0);
const FUNC = section(3, 1, 0);
const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f];

const messageOf = (...sections: number[][]): string =>
  malformedBy(() => decodeModule(moduleBytes(...sections))).message;

describe('headers and sections', () => {
  it('refuses other headers', () => {
    const message = (...bytes: number[]) =>
      malformedBy(() => decodeModule(Uint8Array.from(bytes))).message;
    expect(message()).toBe(END);
    expect(message(...HEADER.slice(0, 7))).toBe(END);
    expect(message(1, 2, 3, 4)).toBe('magic header not detected');
    expect(message(...HEADER.slice(0, 4), 2, 0, 0, 0)).toBe('unknown binary version');
  });

  it.each([
    ['malformed section id', [section(14, 0)]],
    ['malformed section id', [[0x80, 1, 0]]],
    ['length out of bounds', [[1, 2, 0]]],
    ['integer representation too long', [[1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]]],
    ['unexpected content after last section', [section(1, 0), section(1, 0)]],
    ['unexpected content after last section', [section(6, 0), section(13, 0)]],
    ['unexpected content after last section', [section(10, 0), section(12, 0)]],
    ['section size mismatch', [section(1, 0, 0)]],
    [END, [section(1, 1)]],
    ['length out of bounds', [section(2, 1, 5, 0x61)]],
    ['malformed UTF-8 encoding', [section(2, 1, 1, 0xc0, 0, 0, 0)]],
    ['malformed import kind', [section(2, 1, 0, 0, 5, 0)]],
    ['malformed export kind', [section(7, 1, 0, 5, 0)]],
    ['malformed definition type', [section(1, 1, 0x61)]],
    ['integer representation too long', [section(1, 1, 0xe0, 0x7f, 0, 0)]],
    ['malformed value type', [section(1, 1, 0x60, 1, 0x40, 0)]],
    ['malformed storage type', [section(1, 1, 0x5e, 0x62, 0)]],
    ['malformed mutability', [section(6, 1, 0x7f, 2, 0x41, 0, 0x0b)]],
    ['malformed reference type', [section(4, 1, 0x7f, 0, 0)]],
    ['malformed limits flags', [section(4, 1, 0x70, 2, 0)]],
    ['malformed limits flags', [section(5, 1, 0x10, 0)]],
    ['invalid custom page size', [section(5, 1, 8, 0, 64)]],
    ['zero byte expected', [section(4, 1, 0x40, 1, 0x70, 0, 0, 0xd0, 0x70, 0x0b)]],
    ['malformed tag attribute', [section(13, 1, 1, 0)]],
    ['malformed elements segment kind', [section(9, 1, 8)]],
    ['malformed element kind', [section(9, 1, 1, 1, 0)]],
    ['malformed data segment kind', [section(11, 1, 3)]],
    ['illegal opcode f3', [section(9, 1, 5, 0x70, 1, 0xf3, 0, 0x0b)]],
    [END, [section(6, 1, 0x7f, 0, 0x41, 0)]],
    ['function and code section have inconsistent lengths', [TYPE, FUNC]],
    ['function and code section have inconsistent lengths', [section(10, 1, 2, 0, 0x0b)]],
    ['data count and data section have inconsistent lengths', [section(12, 1)]],
    ['too many locals', [TYPE, FUNC, section(10, 1, 10, 2, ...HUGE, 0x7f, 2, 0x7e, 0x0b)]],
    [
      'integer too large',
      [TYPE, FUNC, section(10, 1, 8, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0x7f, 0x0b)],
    ],
  ])('says %s', (message, sections) => {
    expect(messageOf(...sections)).toBe(message);
  });

  it('names offset and function', () => {
    const error = malformedBy(() =>
      decodeModule(moduleBytes(TYPE, FUNC, section(10, 1, 3, 1, 1, 0x40))),
    );
    expect([error.offset, error.func]).toEqual([24, 0]);
    expect(error.describe()).toBe('malformed value type (in function 0 at offset 0x18)');
  });
});

describe('lying and absurd sizes', () => {
  it('refuses counts that no bytes stand behind', () => {
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 11, 13]) {
      expect(messageOf(section(id, ...HUGE))).toMatch(/^unexpected end/);
    }
    expect(messageOf(section(1, 1, 0x4e, ...HUGE))).toBe(END);
    expect(messageOf(section(1, 1, 0x50, ...HUGE))).toBe(END);
  });

  it('reports excess of implementation limits as unsupported', () => {
    const over =
      (...sections: number[][]) =>
      () =>
        decodeModule(moduleBytes(...sections));
    const body = (count: number) => {
      const content = [1, ...leb(count), 0x7f, 0x0b];
      return section(10, 1, ...leb(content.length), ...content);
    };
    expect(over(TYPE, FUNC, body(LIMITS.locals))).not.toThrow();
    expect(over(TYPE, FUNC, body(LIMITS.locals + 1))).toThrow(UnsupportedError);
    expect(over(section(1, 1, 0x60, ...leb(LIMITS.params + 1)))).toThrow(UnsupportedError);
    expect(over(section(1, 1, 0x5f, ...leb(LIMITS.fields + 1)))).toThrow(UnsupportedError);
    expect(over(section(9, 1, 1, 0, ...leb(LIMITS.elements + 1)))).toThrow(UnsupportedError);
    const memories = Array.from({ length: LIMITS.memories + 1 }, () => [0, 0]).flat();
    expect(over(section(5, LIMITS.memories + 1, ...memories))).toThrow(/more than 100 memories/);
  });

  it('refuses every truncation of a module', async () => {
    const bytes = await assemble(`(module (memory 1) (data (i32.const 0) "abc")
      (func (export "f") (param i32) (result i32) local.get 0))`);
    const ends = new Set<number>([8]);
    for (const { range } of decodeModule(bytes).sections) ends.add(range.end);
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const error = ends.has(length) ? undefined : malformedBy(() => decodeModule(cut));
      if (error) expect(error.offset).toBeLessThanOrEqual(length);
    }
  });

  it('reads a module that is a view of a larger buffer', async () => {
    const bytes = await assemble('(module (func (export "f")))');
    const larger = new Uint8Array(bytes.length + 9);
    larger.set(bytes, 5);
    const module = decodeModule(larger.subarray(5, 5 + bytes.length));
    expect(module.exports[0]!.name).toBe('f');
  });
});
