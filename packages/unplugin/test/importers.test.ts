/** What importers write, found in JavaScript, TypeScript and JSX. */

import { expect, test } from 'vitest';
import { findUses } from '../src/importers.js';
import { membersOf } from '../src/wanted.js';

/** Uses in short: kind, specifier with query, names. */
const uses = async (code: string): Promise<string[]> =>
  (await findUses(code)).map(({ kind, specifier, query, names, local }) =>
    [kind, specifier + query, names?.join() ?? 'all', ...(local === undefined ? [] : [local])].join(
      ' ',
    ),
  );

test.each([
  [`import * as ns from './x.wasm'`, 'static ./x.wasm all'],
  [`import { a, b as c, "d-e" as f } from "./x.wasm";`, 'static ./x.wasm a,b,d-e'],
  [`import init, { a } from './x.wasm?init'`, 'static ./x.wasm?init default,a'],
  [`import './x.wasm'`, 'static ./x.wasm '],
  [`export { a } from './x.wasm'`, 'static ./x.wasm all'],
  [`export * from './x.wasm'`, 'static ./x.wasm all'],
  [`import source m from './x.wasm'`, 'source ./x.wasm all m'],
  [`import source from from 'pkg/x.wasm'`, 'source pkg/x.wasm all from'],
  [`import source from './x.wasm'`, 'static ./x.wasm default'],
  [`const m = await import.source('./x.wasm')`, 'source ./x.wasm all'],
  [`const { a } = await import('./x.wasm')`, 'dynamic ./x.wasm all'],
  [`const { default: load } = await import('./x.wasm')`, 'dynamic ./x.wasm default'],
  [`import('./x.wasm').then((m) => m.default)`, 'dynamic ./x.wasm default'],
  [`import('./x.wasm').then(({ default: load }) => load())`, 'dynamic ./x.wasm default'],
  [`(await import('./x.wasm')).default()`, 'dynamic ./x.wasm default'],
  [`new URL('x.wasm', import.meta.url)`, 'url x.wasm '],
  [`new URL("./x.wasm",\n  import.meta.url,\n)`, 'url ./x.wasm '],
  [`new URL('x.wasm', "" + import.meta.url)`, 'url x.wasm '],
])('%s', async (code, expected) => {
  expect(await uses(code)).toEqual([expected]);
});

test.each([
  `// import * as ns from './x.wasm'`,
  `/* import source m from './x.wasm' */`,
  `const text = "import { a } from './x.wasm'"`,
  `import a from './x.wasm.js'`,
  'import(`./$' + '{name}.wasm`)',
  `new URL('./x.wasm', base)`,
  `fetch('./x.wasm')`,
  `import type { T } from './x.wasm'`,
])('nothing in %s', async (code) => {
  expect(await uses(code)).toEqual([]);
});

test('TypeScript', async () => {
  const code = `import type { T } from './x.wasm';
    import { type A, b } from './x.wasm';
    import source m from './y.wasm';
    // import source n from './z.wasm';
    enum E { A = 1 }
    const f = <T,>(x: T): x is T & string => x as any satisfies unknown;
    const again = await import('./x.wasm');`;
  const found = await uses(code);
  expect(found).toContain('source ./y.wasm all m');
  expect(found).toContain('dynamic ./x.wasm all');
  expect(found.join('|')).not.toMatch(/z\.wasm/);
});

test('JSX', async () => {
  const code = `import { b } from './x.wasm';
    import source m from './y.wasm';
    export const App = () => <div title="it's">don't {b(1)} / 2</div>;`;
  expect(await uses(code)).toEqual(
    expect.arrayContaining(['static ./x.wasm b', 'source ./y.wasm all m']),
  );
});

test('members of a namespace', () => {
  const statement = `import * as wasm from './x.wasm'`;
  const members = (rest: string) => membersOf(`${statement};${rest}`, statement);
  expect(members('wasm.a(1) + wasm . b; other.wasm; $wasm; wasm?.c')).toEqual(['a', 'b', 'c']);
  expect(members('use(wasm)')).toBeUndefined();
  expect(members('wasm[name]')).toBeUndefined();
  expect(members('export { wasm }')).toBeUndefined();
  expect(members('const { a } = wasm')).toBeUndefined();
});
