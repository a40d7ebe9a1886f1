/** Options of the plugin that are typed wrong are refused by name, whatever they are and in whichever bundler. */
import { describe, expect, test } from 'vitest';
import { withWasm2js } from '../src/metro.js';
import { type Options, settle } from '../src/options.js';

const OPTIONS: (keyof Options)[] = [
  ...(['mode', 'load', 'bytes', 'defaultImport', 'sync', 'dts', 'prune', 'sourceMap'] as const),
  ...(['cacheDir', 'optimize', 'optimizeFor', 'names', 'largeMemory', 'wideWords'] as const),
  'builtins',
  'importedStringConstants',
];
const WRONG = [
  null,
  0,
  1,
  Number.NaN,
  'maybe',
  '',
  'TRUE',
  [''],
  [1],
  {},
  () => 'js',
  Symbol('s'),
  3n,
];
/** Of these any text is right, and a name may be empty. */
const RIGHT: { [name in keyof Options]?: unknown[] } = {
  cacheDir: ['maybe', 'TRUE'],
  importedStringConstants: ['maybe', 'TRUE', ''],
};
const wrongFor = (name: keyof Options): unknown[] =>
  WRONG.filter((value) => RIGHT[name]?.includes(value) !== true);

describe.each(OPTIONS)('%s', (name) => {
  test.each(wrongFor(name).map((value) => [typeof value, value]))('%s %o', (_, value) => {
    const wrong = { [name]: value } as Options;
    const message = new RegExp(`^wasm2js: ${name} is (a|an|one of) [^\\n]+, not [^\\n]+$`);
    expect(() => settle(wrong, 'vite')).toThrow(message);
    const config = { transformer: { babelTransformerPath: '/x.js' } };
    expect(() => withWasm2js(config, wrong)).toThrow(message);
  });

  test('left out', () => {
    expect(settle({ [name]: undefined }, 'vite')).toMatchObject({ mode: 'hybrid', load: 'await' });
  });
});

test('options that there are not, and what is no object', () => {
  expect(() => settle({ sourcemap: true } as Options, 'vite')).toThrow(
    /^wasm2js: there is no option "sourcemap"$/,
  );
  expect(() => settle({ toString: true } as unknown as Options, 'vite')).toThrow(/no option/);
  for (const wrong of ['js', null, [], 7, true])
    expect(() => settle(wrong as Options, 'vite')).toThrow(/^wasm2js: options are an object, not /);
});

test('what is right', () => {
  const all: Options = {
    mode: 'js',
    load: 'sync',
    bytes: 'file',
    defaultImport: 'url',
    sync: ['a.wasm'],
    dts: 'beside',
    prune: false,
    sourceMap: true,
    cacheDir: 'cache',
    optimize: 's',
    optimizeFor: 'size',
    names: 'minify',
    largeMemory: true,
    wideWords: false,
    builtins: ['js-string'],
    importedStringConstants: '',
  };
  expect(settle(all, 'vite')).toMatchObject({ ...all, bytes: 'inline' });
});
