/**
 * The modules that stand for imports of a `.wasm`, as text: one for each value that an import can have. Gets what was
 * compiled and where other generated modules are; gives ES modules whose imports are absolute paths, so that every
 * bundler treats them as modules of the project.
 */

import { type Feature, probesOf } from '@wasm2js/decoder';
import type { Compiled } from './compile.js';
import type { Settings } from './options.js';

/** What an import is. */
export type Form =
  /** The exports of the instance as they are, by default: what other instances import. */
  | 'raw'
  /** The exports by name, globals unwrapped (ES module integration). */
  | 'exports'
  /** The `WebAssembly.Module` (source phase, `?module`). */
  | 'module'
  /** Vite's `(imports?) => Promise<Instance>`. */
  | 'init'
  /** The function of `@rollup/plugin-wasm`; at once for its `sync` files. */
  | 'rollup'
  | 'rollup-sync'
  /** unwasm's function, and exports that are there once it has been called. */
  | 'unwasm'
  /** The address of the asset. */
  | 'url'
  /** Makes the module known to the `WebAssembly` object where the host's own does not do. */
  | 'register'
  /** Only that object, for importers that speak of `WebAssembly` themselves. */
  | 'global';

export const FORMS: readonly Form[] = [
  ...['raw', 'exports', 'module', 'init', 'rollup', 'rollup-sync', 'unwasm', 'url'],
  ...['register', 'global'],
] as Form[];

/** Where generated modules of this file find each other. */
export interface Places {
  /** A form of the same file. */
  form(form: Form): string;
  /** A form of another `.wasm`. */
  other(specifier: string, form: Form): string | undefined;
  /** What an import of the module means to the bundler: an absolute path, or a bare name. */
  specifier(specifier: string): string;
  /** The module that is part of bundles: runtime.ts. */
  runtime: string;
}

const quote = (text: string): string => JSON.stringify(text);
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const exportName = (name: string): string => (IDENTIFIER.test(name) ? name : quote(name));

/** Path of the module's script. */
const script = ({ folder, name }: Compiled): string => slashes(`${folder}/${name}.mjs`);

/** Bundlers want slashes on every system. */
export const slashes = (path: string): string => path.replaceAll('\\', '/');

/** An object of an instance's imports, and the statements that import them. */
function importObject(
  compiled: Compiled,
  places: Places,
): { statements: string[]; object: string } {
  const modules = [...new Set(compiled.imports.map(({ module }) => module))];
  const statements = modules.map((module, i) => {
    const wasm = /\.wasm$/.test(module) ? places.other(module, 'raw') : undefined;
    return wasm === undefined
      ? `import * as i${i} from ${quote(places.specifier(module))};`
      : `import i${i} from ${quote(wasm)};`;
  });
  return { statements, object: `{${modules.map((module, i) => `${quote(module)}: i${i}`)}}` };
}

function raw(compiled: Compiled, places: Places): string[] {
  const { statements, object } = importObject(compiled, places);
  return [
    `import { instantiate } from ${quote(script(compiled))};`,
    ...statements,
    `export default instantiate(${object});`,
  ];
}

function named(compiled: Compiled, places: Places): string[] {
  const values = compiled.exports.map(({ name, kind }, i) => {
    const value = `x[${quote(name)}]`;
    // A global that has no value for JavaScript (v128) stays as it is.
    return `const e${i} = ${kind === 'global' ? `value(${value})` : value};`;
  });
  const globals = compiled.exports.some(({ kind }) => kind === 'global');
  return [
    `import x from ${quote(places.form('raw'))};`,
    ...(globals
      ? ['const value = (global) => { try { return global.value; } catch { return global; } };']
      : []),
    ...values,
    `export { ${compiled.exports.map(({ name }, i) => `e${i} as ${exportName(name)}`).join(', ')} };`,
  ];
}

/** The module by `WebAssembly.Module` of the host, or of the object that stands for it (`W` in either case). */
function module(compiled: Compiled, { mode, load }: Settings, places: Places): string[] {
  const { skeleton, skeletonKey, compileOptions } = compiled;
  const options = compileOptions === undefined ? '' : `, ${JSON.stringify(compileOptions)}`;
  const make = `moduleOf(${quote(skeleton)}, ${quote(skeletonKey)}, instantiate${options})`;
  const instantiate = `import { instantiate } from ${quote(script(compiled))};`;
  const runtime = quote(places.runtime);
  if (mode === 'js') {
    return [
      instantiate,
      `import { install, moduleOf } from ${runtime};`,
      'export const W = install();',
      `export default ${make};`,
    ];
  }
  const now = load === 'sync';
  return [
    instantiate,
    ...(now ? [`import * as runtime from ${runtime};`] : []),
    `const ours = instantiate.module === undefined ? ${now ? 'runtime' : `await import(${runtime})`} : undefined;`,
    'export const W = ours === undefined ? WebAssembly : ours.install();',
    `export default ours === undefined ? instantiate.module : ours.${make};`,
  ];
}

/** Statements that give `loaded()`, a promise of the module and its `WebAssembly`: only who calls it loads it. */
function later({ load }: Settings, places: Places): string[] {
  const path = quote(places.form('module'));
  return load === 'sync'
    ? [
        `import module, { W } from ${path};`,
        'const loaded = () => Promise.resolve({ default: module, W });',
      ]
    : [`const loaded = () => import(${path});`];
}

const init = (settings: Settings, places: Places): string[] => [
  ...later(settings, places),
  'export default async (imports) => { const { default: module, W } = await loaded(); return W.instantiate(module, imports); };',
];

const rollup = (settings: Settings, places: Places): string[] => [
  ...later(settings, places),
  'export default async (imports) => {',
  '  const { default: module, W } = await loaded();',
  '  return imports === undefined ? module : { module, instance: await W.instantiate(module, imports) };',
  '};',
];

const rollupNow = (places: Places): string[] => [
  `import module, { W } from ${quote(places.form('module'))};`,
  'export default (imports) => (imports === undefined ? module : new W.Instance(module, imports));',
];

function unwasm(compiled: Compiled, settings: Settings, places: Places): string[] {
  const { exports } = compiled;
  return [
    ...later(settings, places),
    'let ready;',
    ...exports.map(({ name, kind }, i) =>
      kind === 'func'
        ? `export { e${i} as ${exportName(name)} }; let e${i} = () => { throw new Error(${quote(`${name}: call the default export first`)}); };`
        : `export { e${i} as ${exportName(name)} }; let e${i};`,
    ),
    'export default (imports) => (ready ??= loaded().then(({ default: module, W }) => W.instantiate(module, imports)).then((instance) => {',
    '  const x = instance.exports;',
    ...exports.map(({ name }, i) => `  e${i} = x[${quote(name)}];`),
    '  return x;',
    '}));',
  ];
}

function register(compiled: Compiled, { mode, load }: Settings, places: Places): string[] {
  const runtime = quote(places.runtime);
  const key = quote(compiled.key);
  if (mode === 'js') {
    return [
      `import { instantiate } from ${quote(script(compiled))};`,
      `import { install, register } from ${runtime};`,
      'install();',
      `register(${key}, instantiate);`,
    ];
  }
  if (load === 'sync') {
    return [
      `import { instantiate } from ${quote(script(compiled))};`,
      `import { install, register } from ${runtime};`,
      'if (!instantiate.native) {',
      '  install();',
      `  register(${key}, instantiate);`,
      '}',
    ];
  }
  const { folder, name } = compiled;
  return [
    ...may(compiled.features),
    'if (!may) {',
    `  const [{ install, register }, { instantiate }] = await Promise.all([import(${runtime}), import(${quote(slashes(`${folder}/${name}.fallback.mjs`))})]);`,
    '  install();',
    `  register(${key}, instantiate);`,
    '}',
    ASYNC,
  ];
}

/** Statements that find out whether the host has WebAssembly of its own that may compile, with these features. */
function may(features: readonly Feature[]): string[] {
  const probes = JSON.stringify(['0061736d01000000', ...probesOf(features)]);
  return [
    "let may = globalThis.WebAssembly?.[Symbol.for('wasm2js.installed')] !== true;",
    'try {',
    `  for (const hex of ${probes})`,
    '    new WebAssembly.Module(Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16)));',
    '} catch { may = false; }',
  ];
}

/** By this webpack and Rspack know a module that may wait. */
const ASYNC = 'export {};';

function global({ mode, load }: Settings, places: Places): string[] {
  const runtime = quote(places.runtime);
  if (mode === 'js') return [`import { install } from ${runtime};`, 'install();'];
  return load === 'sync'
    ? [`import { install } from ${runtime};`, ...may([]), 'if (!may) install();']
    : [...may([]), `if (!may) (await import(${runtime})).install();`, ASYNC];
}

/** The address of the file that is beside the generated module under the name of the module. */
const url = ({ name }: Compiled): string[] => [
  `export default new URL(${quote(`./${name}.wasm`)},import.meta.url).href;`,
];

/**
 * The text of the one module that a `.wasm` is to Metro, CommonJS: its default export makes instances; where all that it
 * imports are files beside it, the exports of one instance have names. What is not among the exports is not enumerable:
 * the default export, and `__wasm2js`, the exports as they are, for other modules.
 * @param text of the script, an expression
 */
export function textForMetro({ imports, exports }: Compiled, text: string): string {
  const modules = [...new Set(imports.map(({ module }) => module))];
  const hidden = (name: string, value: string): string =>
    `Object.defineProperty(exports, '${name}', { value: ${value} });`;
  const lines = [hidden('__esModule', 'true'), `const { instantiate } = ${text};`];
  if (!exports.some(({ name }) => name === 'default')) lines.push(hidden('default', 'instantiate'));
  if (!modules.every((module) => /^\.\.?\//.test(module))) return `${lines.join('\n')}\n`;
  const object = modules.map((module) => {
    const raw = /\.wasm$/.test(module) ? '.__wasm2js' : '';
    return `${quote(module)}: require(${quote(module)})${raw}`;
  });
  lines.push(
    `const raw = instantiate({${object}});`,
    hidden('__wasm2js', 'raw'),
    'const value = (global) => { try { return global.value; } catch { return global; } };',
    'const give = (name, value) => Object.defineProperty(exports, name, { value, enumerable: true });',
  );
  for (const { name, kind } of exports) {
    const value = `raw[${quote(name)}]`;
    lines.push(`give(${quote(name)}, ${kind === 'global' ? `value(${value})` : value});`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * The text of the module that stands for an import.
 * @param form what the import is
 * @param compiled the `.wasm`
 */
export function textOf(form: Form, compiled: Compiled, settings: Settings, places: Places): string {
  const lines = (): string[] => {
    switch (form) {
      case 'raw':
        return raw(compiled, places);
      case 'exports':
        return named(compiled, places);
      case 'module':
        return module(compiled, settings, places);
      case 'init':
        return init(settings, places);
      case 'rollup':
        return rollup(settings, places);
      case 'rollup-sync':
        return rollupNow(places);
      case 'unwasm':
        return unwasm(compiled, settings, places);
      case 'url':
        return url(compiled);
      case 'register':
        return register(compiled, settings, places);
      case 'global':
        return global(settings, places);
    }
  };
  return `${lines().join('\n')}\n`;
}
