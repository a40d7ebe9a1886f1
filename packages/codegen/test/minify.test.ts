/** The support library's short text means what its source says. */
import * as acorn from 'acorn';
import { expect, test } from 'vitest';
import { HELPER_LETTERS, helperName } from '../src/names.js';
import { parseLibrary, readSources } from '../src/support/files.js';
import { minify } from '../src/support/minify.js';

const short = (source: string): string =>
  minify(acorn, source, acorn.parse(source, { ecmaVersion: 2022 }).body[0]!);

test('blanks and comments go, words stay apart', () => {
  expect(
    short(
      '/** Says so. */\nfunction _f() {\n  // always\n  return typeof _g === "a b" ? 1 : 2;\n}',
    ),
  ).toBe('function _f(){return typeof _g==="a b"?1:2}');
  expect(short('const _a = [1, 2, 3,];')).toBe('const _a=[1,2,3]');
  expect(short('function _f() { for (;;) { if (_g()) break; } }')).toBe(
    'function _f(){for(;;){if(_g())break}}',
  );
});

test('local names are short; properties and what is outside keep theirs', () => {
  expect(
    short(
      'function _f(value, { min, max = 1 }, ...rest) { return value.min + min + max + rest.value + other; }',
    ),
  ).toBe('function _f(a,{min:b,max:c=1},...d){return a.min+b+c+d.value+other}');
  expect(short('const _f = (key, value) => ({ key, value, [key]: value, value() {} });')).toBe(
    'const _f=(a,b)=>({key:a,value:b,[a]:b,value(){}})',
  );
  expect(
    short(
      'class _C extends _B { constructor(x) { super(x); this.x = x; } get size() { return this.x; } }',
    ),
  ).toBe('class _C extends _B{constructor(a){super(a);this.x=a}get size(){return this.x}}');
  expect(
    short('function _f(a) { try { for (const b of a) _g(b); } catch (error) { throw error; } }'),
  ).toBe('function _f(a){try{for(const b of a)_g(b)}catch(c){throw c}}');
});

test('methods begin anew with their names, behind all names that they see', () => {
  expect(
    short('class _C { constructor(x, y) { this.x = x + y; } get(key) { return (y) => key + y; } }'),
  ).toBe('class _C{constructor(a,b){this.x=a+b}get(a){return(b)=>a+b}}');
  expect(
    short(
      'function _f(x) { class C { get(y) { return x + y + z; } set(x) { z = x; } } let z = 1; return C; }',
    ),
  ).toBe('function _f(a){class C{get(c){return a+c+b}set(a){b=a}}let b=1;return C}');
});

test('declarations in a row are one; true and false are short', () => {
  expect(
    short(
      'function _f(x) { const a = true; const { b } = x; let c = false; let d; if (x) { const e = 1; let f = { true: e }; } for (const g of x) { let h; } }',
    ),
  ).toBe(
    'function _f(a){const b=!0,{b:c}=a;let d=!1,e;if(a){const f=1;let g={true:f}}for(const h of a){let i}}',
  );
});

test('templates and regular expressions keep their text', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source
  expect(short('const _f = (name, n) => `a  ${name} b${n + 1}; }` + /x y/.test(name);')).toBe(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source
    'const _f=(a,b)=>`a  ${a} b${b+1}; }`+/x y/.test(a)',
  );
});

test('no variable of the library has the name of a helper', () => {
  for (const { name, text } of parseLibrary(readSources()).declarations) {
    const tokens = [...acorn.tokenizer(text, { ecmaVersion: 2022 })];
    const isVariable = (_: unknown, i: number) => tokens[i - 1]?.type !== acorn.tokTypes.dot;
    const names = tokens.filter(isVariable).map(({ value }) => value);
    for (let i = 0; i < HELPER_LETTERS.length; i++)
      expect(names, name).not.toContain(helperName(i));
  }
});
