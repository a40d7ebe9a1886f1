/**
 * The `spectest` module of the suite as modules of ours, so that linking between compiled modules is
 * exercised. What needs a feature beyond the scalar core is a module of its own.
 */

import type { Exports, Imports } from './pipeline.js';

const PRINTS = ['', 'i32', 'i64', 'f32', 'f64', 'i32 f32', 'f64 f64'];
const printName = (params: string): string =>
  ['print', ...params.split(' ').filter(Boolean)].join('_');

const prints = PRINTS.map((params) => {
  const name = printName(params);
  return `(import "host" "print" (func $${name} (param ${params})))
  (export "${name}" (func $${name}))`;
});

/** Texts of the modules whose exports together are `spectest`. */
export const SPECTEST_TEXTS: string[] = [
  `(module
  ${prints.map((text) => text.split('\n')[0]).join('\n  ')}
  ${prints.map((text) => text.split('\n')[1]).join('\n  ')}
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2))`,
  '(module (table (export "table64") i64 10 20 funcref))',
  '(module (memory (export "shared_memory") 1 2 shared))',
];

/** Host functions that the modules import. */
export const SPECTEST_IMPORTS: Imports = { host: { print: () => undefined } };

/** Exports of `spectest` that are there, and names of those whose module is not supported yet. */
export interface Spectest {
  exports: Exports;
  unsupported: Map<string, string>;
}
