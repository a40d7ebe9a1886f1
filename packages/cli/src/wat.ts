/**
 * The text format. Assembling is done by the parser of wasm-tools, a WebAssembly module that the
 * build puts into dist/wat-parser.js (scripts/bundle-wat.mjs); this is its calling convention, the
 * component model's canonical ABI: strings and lists are pointer and length in its memory.
 */

import { brotliDecompressSync } from 'node:zlib';
import { CliError } from './errors.js';

/** The part of the host's WebAssembly that is used here; it has no declarations without a DOM. */
interface Engine {
  Module: { imports(module: object): { module: string; name: string }[] };
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: unknown }>;
}

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

interface ParserExports {
  memory: { buffer: ArrayBuffer };
  cabi_realloc(pointer: number, oldSize: number, align: number, size: number): number;
  'local:wasm-tools/tools#parse'(pointer: number, length: number): number;
}

let parser: Promise<object> | undefined;

const loadParser = async (): Promise<object> => {
  // From src (tests) and from dist alike.
  const url = new URL('../dist/wat-parser.js', import.meta.url);
  const { compressed } = (await import(url.href)) as { compressed: string };
  return engine.compile(brotliDecompressSync(Buffer.from(compressed, 'base64')));
};

/**
 * What the parser imports of WASI: it asks for random bytes, to seed hash tables, and needs nothing
 * else. It gets none, so that it works alike each time.
 */
const hostFunction = (name: string): (() => number) =>
  name === 'random_get' ? () => 0 : () => ENOSYS;
const ENOSYS = 52;

/** Assembles the text format; `name` is the file that errors name. */
export const assemble = async (text: Uint8Array, name: string): Promise<Uint8Array> => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw new CliError(`${name}: the text is not UTF-8`);
  }
  parser ??= loadParser();
  const module = await parser;
  const imports: Record<string, Record<string, () => number>> = {};
  for (const item of engine.Module.imports(module)) {
    (imports[item.module] ??= {})[item.name] = hostFunction(item.name);
  }
  const instance = await engine.instantiate(module, imports);
  const exports = instance.exports as ParserExports;

  const input = exports.cabi_realloc(0, 0, 1, text.length);
  new Uint8Array(exports.memory.buffer).set(text, input);
  let result: number;
  try {
    result = exports['local:wasm-tools/tools#parse'](input, text.length);
  } catch (error) {
    throw new CliError(`${name}: the text could not be assembled`, undefined, { cause: error });
  }
  const view = new DataView(exports.memory.buffer);
  const pointer = view.getUint32(result + 4, true);
  const bytes = new Uint8Array(view.buffer, pointer, view.getUint32(result + 8, true)).slice();
  if (view.getUint8(result) === 0) return bytes;
  const error = textError(new TextDecoder().decode(bytes), name);
  const script = /\(\s*(?:assert_\w+|invoke|register)\b/.test(new TextDecoder().decode(text));
  throw new CliError(script ? `${error} (this is a script of tests, not one module)` : error);
};

/**
 * The parser reports errors in the debug notation of its language, with places counted from 0:
 * `... Text { line: 0, col: 8, snippet: "…" } ... kind: Custom("expected `(`") ...`.
 */
const textError = (report: string, name: string): string => {
  const place = /line: (\d+), col: (\d+), snippet:/.exec(report);
  const custom = /kind: Custom\("((?:[^"\\]|\\.)*)"\)/.exec(report);
  const lexical = /kind: Lex\((.*)\) \} \}\) \}$/s.exec(report);
  const message = custom?.[1]?.replace(/\\(.)/g, '$1') ?? (lexical ? words(lexical[1]!) : report);
  if (!place) return `${name}: ${message}`;
  return `${name}:${Number(place[1]) + 1}:${Number(place[2]) + 1}: ${message}`;
};

/** `UnexpectedEof` → `unexpected eof`. */
const words = (variant: string): string =>
  variant.replace(/\B[A-Z](?=[a-z])/g, (letter) => ` ${letter}`).toLowerCase();
