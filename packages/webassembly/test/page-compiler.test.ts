/**
 * The compiler as pages load it makes the same code as the sources that it was made of, without what makes code ahead, of
 * every module of the repository.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import { decodeModule } from '@wasm2js/decoder';
import { describe, expect, test, vi } from 'vitest';
import type { CodeSource, ModuleOptions } from '../src/sources.js';

// As in its bundle.
vi.mock('../../codegen/src/ahead.js', () => ({ AHEAD: false }));

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The modules in a folder, binary and text. */
const modules = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(?:node_modules|dist|\..*)$/.test(entry.name) ? [] : modules(path);
    return /\.wa(?:sm|t)$/.test(path) ? [path] : [];
  });
const files = ['bench', 'bundlers/modules', 'examples', 'packages', 'scripts', 'spec-tests']
  .flatMap((folder) => modules(join(root, folder)))
  .filter((path) => !/malformed|invalid/.test(path));

type Compiler = typeof import('../src/compiler.js');
const load = async (file: string): Promise<Compiler> =>
  (await import(new URL(`../dist/${file}`, import.meta.url).href)) as Compiler;
const [original, page] = [await load('compiler.js'), await load('page-compiler.js')];

/** All texts that a compiler evaluates for a module, or what it says of it. */
function texts(source: CodeSource, bytes: Uint8Array, options: ModuleOptions): string[] {
  const made: string[] = [];
  const { Function: own } = globalThis;
  const record = (args: string[]) => {
    const text = args.at(-1)!;
    made.push(text);
    return (_: Uint8Array, textOf: (index: number) => string) => {
      if (!text.includes('_load')) return;
      const { funcs, importCounts } = decodeModule(bytes);
      funcs.forEach((__, i) => {
        made.push(textOf(importCounts.func + i));
      });
    };
  };
  // Minified, it is called without `new`.
  const Recorder = new Proxy(own, {
    construct: (_, args) => record(args),
    apply: (_, __, args) => record(args),
  });
  try {
    globalThis.Function = Recorder;
    source.find(bytes, options);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    made.push(String(error));
  } finally {
    globalThis.Function = own;
  }
  return made;
}

test('there are enough modules', () => {
  expect(files.length).toBeGreaterThan(120);
});

describe.each([
  ['at once', Number.POSITIVE_INFINITY, false, 30_000],
  ['function by function', 0, false, Number.POSITIVE_INFINITY],
  ['at once, suspendable', Number.POSITIVE_INFINITY, true, 10_000],
] as const)('%s', (_, lazyFrom, suspendable, size) => {
  const options = { builtins: ['js-string'], suspends: () => suspendable };
  // Large modules have nothing that takes three ways to be seen.
  const compared = files.filter((path) => statSync(path).size < size);
  const sources = [original, page].map(({ createCompiler }) => createCompiler({ lazyFrom }));

  test.each(compared.map((path) => relative(root, path)))('%s', async (name) => {
    const contents = readFileSync(join(root, name));
    let bytes = new Uint8Array(contents);
    if (name.endsWith('.wat')) {
      try {
        bytes = new Uint8Array(await parse(contents.toString()));
      } catch {
        // Text of proposals that this parser does not know; the command's own does.
        return;
      }
    }
    const given = { ...options, importedStringConstants: undefined };
    const [expected, found] = sources.map((source) => texts(source, bytes.slice(), given));
    expect(expected!.length).toBeGreaterThan(0);
    expect(found!.length).toBe(expected!.length);
    const different = found!.findIndex((text, i) => text !== expected![i]);
    expect(found![different], `text ${different}`).toBe(expected![different]);
  });
});
