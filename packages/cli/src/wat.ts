/**
 * The text format. Assembling is done by the parser of wasm-tools, a WebAssembly module that the
 * build puts into dist/wat-parser.js (scripts/bundle-wat.mjs); wat-parser-abi.ts calls it.
 */

import { brotliDecompressSync } from 'node:zlib';
import { CliError } from './errors.js';
import { assembleWith, type ParserExports } from './wat-parser-abi.js';

/** The part of the host's WebAssembly that is used here; it has no declarations without a DOM. */
interface Engine {
  Module: { imports(module: object): { module: string; name: string }[] };
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

let parser: Promise<object> | undefined;

const loadParser = async (): Promise<object> => {
  // From src (tests) and from dist alike.
  const url = new URL('../dist/wat-parser.js', import.meta.url);
  const { compressed } = (await import(url.href)) as { compressed: string };
  return engine.compile(brotliDecompressSync(Buffer.from(compressed, 'base64')));
};

/** Assembles the text format; `name` is the file that errors name. */
export const assemble = async (text: Uint8Array, name: string): Promise<Uint8Array> => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw new CliError(`${name}: the text is not UTF-8`);
  }
  parser ??= loadParser();
  const module = await parser;
  let result: ReturnType<typeof assembleWith>;
  try {
    result = assembleWith(
      engine.Module.imports(module),
      (imports) => new engine.Instance(module, imports).exports as ParserExports,
      text,
    );
  } catch (error) {
    throw new CliError(`${name}: the text could not be assembled`, undefined, { cause: error });
  }
  if (result instanceof Uint8Array) return result;
  const { line, column, message } = result;
  const error =
    line === undefined ? `${name}: ${message}` : `${name}:${line}:${column}: ${message}`;
  const script = /\(\s*(?:assert_\w+|invoke|register)\b/.test(new TextDecoder().decode(text));
  throw new CliError(script ? `${error} (this is a script of tests, not one module)` : error);
};
