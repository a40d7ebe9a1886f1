/** What is left out of jco's glue, and what has to stay. */
import { describe, expect, test } from 'vitest';
import { slimGlue } from '../src/glue.js';

const around = (inside: string, before = ''): string => `"use components";
export function instantiate(getCoreModule, imports, instantiateCore) {
  ${before}
  const gen = (function* _initGenerator() {
    ${inside}
  })();
  return gen.next().value;
}
`;

const slim = (inside: string, before?: string, asynchronous = false): string =>
  slimGlue(around(inside, before), asynchronous).text;

describe('the glue', () => {
  test('declarations that nothing names go, and what only they name', () => {
    const text = slim(
      'return used();',
      'function a() { return b; }\nconst b = new Map();\nfunction used() { return 1; }',
    );
    expect(text).not.toMatch(/function a|const b/);
    expect(text).toContain('function used');
  });

  test('what has an effect stays, and what it names', () => {
    const text = slim(
      'return 1;',
      'const kept = effect();\nfunction effect() { return other; }\nlet other = 1;',
    );
    expect(text).toMatch(/const kept=effect\(\)/);
    expect(text).toMatch(/let other=1/);
  });

  test('a property of the same name keeps nothing', () => {
    expect(slim('return imports.gone;', 'function gone() {}')).not.toContain('function gone');
    expect(slim('return { gone };', 'function gone() {}')).toContain('function gone');
  });

  test('the log goes; other lines of the console stay', () => {
    const text = slim(
      "_debugLog('x', { y: 1 }); console.error('ERROR:', 1); console.error('kept'); return 1;",
    );
    expect(text).not.toMatch(/_debugLog|ERROR/);
    expect(text).toContain("console.error('kept')");
  });

  test('forms for asynchronous imports stay where there are such', () => {
    const inside = 'let t = f.manuallyAsync ? new WebAssembly.Suspending(f) : f; return t;';
    expect(slim(inside)).not.toContain('Suspending');
    expect(slim(inside, '', true)).toContain('Suspending');
  });

  test('modules in it become modules that are asked for', () => {
    const inside =
      'const m = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); return m;';
    const { text, modules } = slimGlue(around(inside), false);
    expect(text).toContain("getCoreModule('glue.0')");
    expect(modules).toEqual([['glue.0', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)]]);
    expect(slimGlue(around('return 1;', inside.replace('return m;', '')), false).modules).toEqual(
      [],
    );
  });

  test('squeezed text means the same', () => {
    const inside = [
      'let a = 1, b = 2',
      'let c = a + +b; let d = a - -b',
      'const t = `x  $' + "{ a  } // y`, r = /a  b/.test('a  b')",
      'return [c, d, t, r, typeof a, a in [0, 1]]',
    ].join('\n');
    const instantiate = (text: string) => new Function(`${text};return instantiate()`)();
    const plain = instantiate(around(inside).replace('export ', ''));
    expect(instantiate(slim(inside))).toEqual(plain);
    expect(plain).toEqual([3, 3, 'x  1 // y', true, 'number', true]);
  });
});
