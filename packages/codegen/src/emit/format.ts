/**
 * The kinds of script: ES module, CommonJS, one expression or variable. Gets the statements that define
 * `instantiate` and the names to export; gives the text around them. Must hold: any UTF-8 text can be the
 * name of an export, and is its own property of what is loaded.
 */
import type { ModuleContext } from '../context.js';
import { propertyKey, quote } from '../names.js';
import type { CompileOptions } from '../options.js';
import type { Command } from './wasi.js';

/**
 * Names that are exported by the module itself or that loaders give a meaning: a namespace with `then` is
 * taken for a promise, `module.exports` is what Node's `require` gives instead of it. Wasm exports of
 * these names are reached by `instantiate`.
 */
const RESERVED_EXPORTS = new Set(['default', 'instantiate', 'then', 'module.exports']);
/** CommonJS says by this name that `default` is the default export. */
const RESERVED_IN_CJS = '__esModule';

/** Wasm exports that are also exported by name, in order. */
export function namedExports(
  { module, builtins }: ModuleContext,
  options: CompileOptions,
): string[] {
  const wanted = options.namedExports ?? true;
  if (!wanted || builtins.others.length > 0 || options.data === 'file') return [];
  const cjs = options.format === 'cjs';
  return module.exports
    .map(({ name }) => name)
    .filter((name) => !RESERVED_EXPORTS.has(name) && !(cjs && name === RESERVED_IN_CJS));
}

/** Wraps the module's statements and adds its exports. */
export function wrapFormat(
  statements: string[],
  names: string[],
  command: Command | undefined,
  options: CompileOptions,
): string[] {
  const instance: string[] = [];
  const own = ['instantiate', ...(command === undefined ? [] : ['run'])];
  if (options.format === 'esm') {
    const list = names.map((name, i) => {
      return `_e${i} as ${propertyKey(name)}`;
    });
    const taken = names.map((name, i) => `${propertyKey(name)}:_e${i}`);
    if (names.length > 0) instance.push(`const{${taken}}=instantiate();\n`);
    const all = [...own, 'instantiate as default', ...list];
    return [
      ...(command?.imports ?? []),
      ...statements,
      ...instance,
      `export{${all}};\n`,
      ...(command?.main ?? []),
    ];
  }
  if (names.length > 0) instance.push('const _exports=instantiate();\n');
  if (options.format === 'cjs') {
    return [
      "'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\n",
      ...(command?.imports ?? []),
      ...statements,
      ...own.map((name) => `exports.${name} = ${name};\n`),
      'exports.default = instantiate;\n',
      ...instance,
      ...names.map(cjsExport),
      ...(command?.main ?? []),
    ];
  }
  const all = [
    '__proto__: null',
    ...own,
    'default: instantiate',
    ...names.map((name) => `[${quote(name)}]: _exports[${quote(name)}]`),
  ];
  return [
    assignment(options.globalName),
    "(() => {\n'use strict';\n",
    ...(command?.imports ?? []),
    ...statements,
    ...instance,
    ...(command?.main ?? []),
    `return {\n  ${all.join(',\n  ')},\n};\n`,
    options.globalName === undefined ? '})()' : '})();\n',
  ];
}

/** Sets one export; what objects inherit might be a setter, or not to be assigned to. */
function cjsExport(name: string): string {
  const key = quote(name);
  return name in Object.prototype
    ? `Object.defineProperty(exports, ${key}, { enumerable: true, value: _exports[${key}] });\n`
    : `exports[${key}] = _exports[${key}];\n`;
}

/** What stands before the value: `a.b.c` makes the objects on its way where they are missing. */
function assignment(globalName: string | undefined): string {
  if (globalName === undefined) return '';
  const parts = globalName.split('.');
  const statements = parts.slice(0, -1).map((_, i) => {
    const path = parts.slice(0, i + 1).join('.');
    return `${i === 0 ? 'var ' : ''}${path} = ${path} || {};\n`;
  });
  return `${statements.join('')}${parts.length === 1 ? 'var ' : ''}${globalName} = `;
}
