import { describe, expect, it } from 'vitest';
import { decodeModule, InstructionReader, opcodeId } from '../src/index.js';
import { assemble, custom, decodeText, malformedBy, moduleBytes, section, text } from './binary.js';

describe('the name section', () => {
  it('reads every subsection', async () => {
    const { names } = await decodeText(`(module $mod (type $ft (func))
      (type $st (struct (field $left i32) (field $right i32)))
      (table $tab 0 funcref) (memory $mem 0) (global $glob i32 (i32.const 0)) (tag $tag)
      (elem $el func) (data $dat "")
      (func $main (type $ft) (local $x i32) (block $out)))`);
    expect(names!.module).toBe('mod');
    expect(names!.funcs).toEqual(new Map([[0, 'main']]));
    expect(names!.locals).toEqual(new Map([[0, new Map([[0, 'x']])]]));
    expect(names!.labels).toEqual(new Map([[0, new Map([[0, 'out']])]]));
    expect(names!.types.get(1)).toBe('st');
    expect(names!.tables.get(0)).toBe('tab');
    expect(names!.memories.get(0)).toBe('mem');
    expect(names!.globals.get(0)).toBe('glob');
    expect(names!.elems.get(0)).toBe('el');
    expect(names!.datas.get(0)).toBe('dat');
    expect(names!.tags.get(0)).toBe('tag');
    expect(names!.fields.get(1)).toEqual(
      new Map([
        [0, 'left'],
        [1, 'right'],
      ]),
    );
  });

  it('keeps what can be read of a malformed one', () => {
    const badUtf8 = [1, 9, 2, 0, 1, 0x61, 1, 2, 0xff, 0xff, 9];
    const moduleName = [0, 2, ...text('m')];
    const truncated = [7, 100];
    const { names } = decodeModule(
      moduleBytes(custom('name', ...badUtf8, ...moduleName, ...truncated)),
    );
    expect(names!.funcs).toEqual(new Map([[0, 'a']]));
    expect(names!.module).toBe('m');
  });

  it('is not fooled by counts', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    const { names } = decodeModule(moduleBytes(custom('name', 1, 5, ...huge, 2, 5, ...huge)));
    expect(names!.funcs.size + names!.locals.size).toBe(0);
  });

  it('takes the first of several', () => {
    const name = (word: string): number[] => custom('name', 0, 2, ...text(word));
    expect(decodeModule(moduleBytes(name('a'), name('b'))).names!.module).toBe('a');
  });
});

describe('tool sections', () => {
  it('reads producers', () => {
    const content = [1, ...text('language'), 1, ...text('C'), ...text('17')];
    expect(decodeModule(moduleBytes(custom('producers', ...content))).producers).toEqual([
      { field: 'language', values: [{ name: 'C', version: '17' }] },
    ]);
  });

  it('reads target features', () => {
    const content = [2, 0x2b, ...text('simd128'), 0x2d, ...text('atomics')];
    expect(decodeModule(moduleBytes(custom('target_features', ...content))).targetFeatures).toEqual(
      [
        { prefix: '+', name: 'simd128' },
        { prefix: '-', name: 'atomics' },
      ],
    );
  });

  it('leaves out what is malformed', () => {
    const module = decodeModule(
      moduleBytes(
        custom('producers', 3),
        custom('target_features', 1, 0x2b, 9),
        custom('metadata.code.branch_hint', 1),
      ),
    );
    expect(module.producers).toBeUndefined();
    expect(module.targetFeatures).toBeUndefined();
    expect(module.branchHints).toBeUndefined();
  });

  it('gives branch hints the offsets of their branches', async () => {
    const bytes = await assemble(`(module (import "" "" (func)) (func (param i32) (local i64)
      local.get 0 (@metadata.code.branch_hint "\\01") if end))`);
    const module = decodeModule(bytes);
    const [[offset, likely]] = [...module.branchHints!.get(1)!] as [[number, boolean]];
    expect(likely).toBe(true);
    const { body } = module.funcs[0]!;
    const reader = new InstructionReader(module.bytes, body.start, body.end);
    while (reader.next() && reader.offset !== offset);
    expect(reader.op).toBe(opcodeId('if'));
  });

  it('refuses a malformed name of a custom section', () => {
    expect(malformedBy(() => decodeModule(moduleBytes(section(0, 1, 0xff)))).message).toBe(
      'malformed UTF-8 encoding',
    );
  });
});
