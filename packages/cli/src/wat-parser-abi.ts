/**
 * The parser of the text format, anywhere: gets the module of wasm-tools that the build has made
 * (scripts/bundle-wat.mjs), which WebAssembly or JavaScript has instantiated, and text; gives a binary module or what is
 * wrong with the text. Its calling convention is the component model's canonical ABI: strings and lists are pointer and
 * length in its memory.
 */

/** What the parser's module exports. */
export interface ParserExports {
  memory: { buffer: ArrayBufferLike };
  cabi_realloc(pointer: number, oldSize: number, align: number, size: number): number;
  'local:wasm-tools/tools#parse'(pointer: number, length: number): number;
}

/**
 * What the parser imports of WASI: it asks for random bytes, to seed hash tables, and for its environment, and needs
 * nothing else. It gets none of both, so that it works alike each time.
 */
const hostFunction = (
  name: string,
  exports: () => ParserExports,
): ((...args: number[]) => number) => {
  if (name === 'random_get' || name === 'environ_get') return () => 0;
  if (name !== 'environ_sizes_get') return () => ENOSYS;
  return (count, size) => {
    const view = new DataView(exports().memory.buffer);
    view.setUint32(count!, 0, true);
    view.setUint32(size!, 0, true);
    return 0;
  };
};
const ENOSYS = 52;

/** The import object of the parser. */
export type ParserImports = Record<string, Record<string, (...args: number[]) => number>>;

/** What is wrong with a text: place (from 1 on, if known) and message. */
export interface TextFault {
  line?: number;
  column?: number;
  message: string;
}

/**
 * Assembles a text in a fresh instance of the parser.
 * @param needs what the parser imports
 * @param instantiate makes the instance
 * @param text in UTF-8
 * @returns the module, or what is wrong; throws what the parser traps with
 */
export const assembleWith = (
  needs: readonly { module: string; name: string }[],
  instantiate: (imports: ParserImports) => ParserExports,
  text: Uint8Array,
): Uint8Array | TextFault => {
  const imports: ParserImports = {};
  for (const { module, name } of needs)
    (imports[module] ??= {})[name] = hostFunction(name, () => exports);
  const exports = instantiate(imports);
  const input = exports.cabi_realloc(0, 0, 1, text.length);
  new Uint8Array(exports.memory.buffer).set(text, input);
  const result = exports['local:wasm-tools/tools#parse'](input, text.length);
  const view = new DataView(exports.memory.buffer);
  const pointer = view.getUint32(result + 4, true);
  const bytes = new Uint8Array(view.buffer, pointer, view.getUint32(result + 8, true)).slice();
  return view.getUint8(result) === 0 ? bytes : faultOf(new TextDecoder().decode(bytes));
};

/**
 * The parser reports errors in the debug notation of its language, with places counted from 0:
 * `... Text { line: 0, col: 8, snippet: "…" } ... kind: Custom("expected `(`") ...`.
 */
const faultOf = (report: string): TextFault => {
  const place = /line: (\d+), col: (\d+), snippet:/.exec(report);
  const custom = /kind: Custom\("((?:[^"\\]|\\.)*)"\)/.exec(report);
  const lexical = /kind: Lex\((.*)\) \} \}\) \}$/s.exec(report);
  const message = custom?.[1]?.replace(/\\(.)/g, '$1') ?? (lexical ? words(lexical[1]!) : report);
  if (!place) return { message };
  return { line: Number(place[1]) + 1, column: Number(place[2]) + 1, message };
};

/** `UnexpectedEof` → `unexpected eof`. */
const words = (variant: string): string =>
  variant.replace(/\B[A-Z](?=[a-z])/g, (letter) => ` ${letter}`).toLowerCase();
