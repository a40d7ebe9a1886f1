/** What the tests share: from WAT to a loaded module. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext, runInThisContext } from 'node:vm';
import { parse } from '@bytecodealliance/jco';
import { decodeModule, type Module } from '@wasm2js/decoder';
import { afterAll } from 'vitest';
import { type CompileOptions, type CompileResult, compile } from '../src/index.js';

// biome-ignore lint/suspicious/noExplicitAny: exports of any module
export type Loaded = any;

/** Assembles and decodes. */
export async function decode(wat: string): Promise<Module> {
  return decodeModule(new Uint8Array(await parse(wat)));
}

/** Compiles WAT; by default to an expression. */
export async function build(
  wat: string,
  options: Partial<CompileOptions> = {},
): Promise<CompileResult> {
  return compile(await decode(wat), { format: 'iife', names: 'keep', data: 'inline', ...options });
}

/** The text of a compiled module. */
export async function text(wat: string, options: Partial<CompileOptions> = {}): Promise<string> {
  return (await build(wat, options)).chunks.join('');
}

/** Loads a module: an object with `instantiate` and, where nothing is missing, the exports. */
export async function load(wat: string, options: Partial<CompileOptions> = {}): Promise<Loaded> {
  return evaluate(await text(wat, options));
}

/** Evaluates an expression in this realm. */
export function evaluate(source: string): Loaded {
  return runInThisContext(source);
}

/** Evaluates an expression in a realm that has nothing but the language. */
export function evaluateBare(source: string): Loaded {
  const realm = createContext({});
  runInContext('delete globalThis.WebAssembly', realm);
  return runInContext(source, realm);
}

/** What is behind a memory of a module of this realm. */
export function state(memory: object): Loaded {
  const key = Symbol.for('wasm2js.10');
  return (globalThis as Record<symbol, WeakMap<object, Loaded> | undefined>)[key]?.get(memory);
}

/** A host instance of the same module. */
export async function native(wat: string, imports: WebAssembly.Imports = {}): Promise<Loaded> {
  const bytes = new Uint8Array(await parse(wat));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-'));
  folders.push(folder);
  return folder;
}

/** Writes files into a new folder; gives the path of the first. */
export function writeFiles(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return join(folder, Object.keys(files)[0]!);
}

const TYPESCRIPT = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

/** Has TypeScript check files in a new folder, declarations too; gives what it says: nothing where they are right. */
export function typeErrors(files: Record<string, string>): string {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types: [],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  const cwd = dirname(
    writeFiles({ 'tsconfig.json': JSON.stringify({ compilerOptions }), ...files }),
  );
  const args = [join(TYPESCRIPT, 'bin', 'tsc'), '-p', '.'];
  const { error, status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return status === 0 ? stdout : `${stdout}${stderr}exit code ${status}`;
}

/** Imports a file. */
export function importFile(path: string): Promise<Loaded> {
  return import(/* @vite-ignore */ pathToFileURL(path).href);
}

/** The text of a module as a machine of the other byte order runs it: what such a one finds out about itself. */
export function otherByteOrder(source: string): string {
  const other = source.replace('new Uint8Array(new Uint16Array([1]).buffer)[0]===1', 'false');
  if (other === source) throw new Error('the module does not ask for the byte order');
  return other;
}
