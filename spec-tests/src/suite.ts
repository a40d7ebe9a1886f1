/** Where the official test suite lies, which scripts it has, and to which family each belongs. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ValidateOptions } from '@wasm2js/validator';

const CLONE = fileURLToPath(new URL('../testsuite/', import.meta.url));
const BESIDE_CHECKOUT = fileURLToPath(new URL('../../../shared/wasm-testsuite/', import.meta.url));

/** What to tell when there is no suite. */
export const SUITE_NOT_FOUND = `The WebAssembly test suite was not found. Looked in, in this order:
  1. the directory named by the environment variable WASM_TESTSUITE
  2. ${CLONE}
  3. ${BESIDE_CHECKOUT}
To get it:
  git clone https://github.com/WebAssembly/testsuite ${CLONE}
See spec-tests/README.md for the commit that the expected failures belong to.`;

/** The directory of the suite, or undefined. */
export function findSuite(): string | undefined {
  const places = [process.env['WASM_TESTSUITE'], CLONE, BESIDE_CHECKOUT];
  return places.find((place) => place && existsSync(join(place, 'i32.wast')));
}

/** All scripts below a directory, as sorted relative paths with `/`. */
export function listScripts(suite: string): string[] {
  return readdirSync(suite, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.wast'))
    .map((entry) => relative(suite, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Reads the text of a script. */
export const readScript = (suite: string, file: string): string =>
  readFileSync(join(suite, file), 'utf8');

/** The families of the report, in its order; every proposal is one more. */
export const FAMILIES = [
  'scalar core',
  'simd',
  'relaxed-simd',
  'gc',
  'exceptions',
  'tail-call',
  'function-references',
  'memory64',
  'multi-memory',
  'threads',
  'legacy',
] as const;

/** Rules in order; the first that matches the path names the family. */
const RULES: [RegExp, string][] = [
  [/^legacy\//, 'legacy'],
  [/^simd_memory-multi/, 'multi-memory'],
  [/^simd_/, 'simd'],
  [/^(relaxed_|i16x8_relaxed|i32x4_relaxed|i8x16_relaxed)/, 'relaxed-simd'],
  [
    /^(array|struct|i31|extern|binary-gc|br_on_cast|ref_(cast|eq|null|test)|type-(canon|equivalence|rec|subtyping)|table-sub)/,
    'gc',
  ],
  [/^(instance|tag|throw|throw_ref|try_table)\.wast$/, 'exceptions'],
  [/^return_call/, 'tail-call'],
  [
    /^(br_on_(non_)?null|call_ref|ref_as_non_null|ref|unreached-valid|local_init)\.wast$/,
    'function-references',
  ],
  [/64(-imports)?\.wast$|^table_copy_mixed/, 'memory64'],
  [
    /^(memory-multi|(address|align|binary|data|data_drop|exports|float_exprs|float_memory|imports|linking|load|memory_(copy|fill|init|size|trap)|memory_size_import|start|store|traps)[0-9])\.wast$|^memory_size_import/,
    'multi-memory',
  ],
];
/** Files whose names end in 64 for another reason. */
const NOT_MEMORY64 = /^(i64|f64)\.wast$/;

/** The family of a script. */
export function familyOf(file: string): string {
  const proposal = /^proposals\/([^/]+)\//.exec(file);
  if (proposal) return proposal[1]!;
  const rule = RULES.find(
    ([pattern, family]) =>
      pattern.test(file) && !(family === 'memory64' && NOT_MEMORY64.test(file)),
  );
  return rule ? rule[1] : 'scalar core';
}

/**
 * Rules that a folder's scripts assume: proposals are written against the version of the
 * specification that they extend.
 */
export function rulesOf(file: string): ValidateOptions {
  if (file.startsWith('proposals/threads/')) return { maxMemories: 1, maxTables: 1 };
  if (file.startsWith('proposals/custom-descriptors/')) return { unrelatedCasts: true };
  return {};
}
