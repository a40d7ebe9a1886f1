/**
 * Modules without code: the empty one, by which programs ask whether there is WebAssembly, and those that import
 * functions and export them again, which Emscripten's `addFunction` makes at run time to put functions of JavaScript
 * into tables. They are recognised by their sections and need neither a compiler nor `new Function`.
 */
import {
  checkImports,
  describe,
  functionMatches,
  functionType,
  importValue,
  incompatible,
  rawFunction,
  typedFunction,
} from './realm.js';
import { type Reader, SECTION, sections } from './sections.js';
import type { CodeSource, ModuleCode } from './sources.js';

/** Longest module that is looked at. */
const LONGEST = 4096;

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Value types by their codes: those that a function of JavaScript can be called with. */
const TYPES = new Map<number, Parameters<typeof functionType>[0][number]>([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x70, { n: true, h: 'func' }],
  [0x6f, { n: true, h: 'extern' }],
]);

type Types = Parameters<typeof functionType>[0];

interface Signature {
  params: Types;
  results: Types;
}
interface Imported extends Signature {
  module: string;
  name: string;
}
interface Exported {
  name: string;
  index: number;
}

/** The source of modules that only import functions and export them. */
export const functionModules: CodeSource = {
  find: (bytes, { builtins }) =>
    bytes.length <= LONGEST ? new FunctionModule(bytes).code(builtins) : undefined,
};

/** Reads such a module. All that is read is checked: the bytes may be anything. */
class FunctionModule {
  private readonly types: Signature[] = [];
  private readonly imports: Imported[] = [];
  private readonly exports: Exported[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  /** Its code; undefined for any other module, and where builtins may stand for its imports. */
  code(builtins: readonly string[]): ModuleCode | undefined {
    if (HEADER.some((byte, i) => this.bytes[i] !== byte)) return undefined;
    let last = 0;
    for (const { id, content } of sections(this.bytes)) {
      // In order, and each inside of the module.
      if (id <= last || content.end > this.bytes.length || !this.section(id, content))
        return undefined;
      last = id;
    }
    const names = new Set(this.exports.map(({ name }) => name));
    const { imports, exports } = this;
    if (imports.some(({ module }) => builtins.some((name) => module === `wasm:${name}`)))
      return undefined;
    if (names.size < exports.length || exports.some(({ index }) => !(index in imports)))
      return undefined;
    return { instantiate: (given) => instantiate(imports, exports, given) };
  }

  /** Reads a section. @returns is it what it may be? */
  private section(id: number, content: Reader): boolean {
    const read = {
      [SECTION.type]: () => this.type(content),
      [SECTION.import]: () => this.import(content),
      [SECTION.export]: () => this.export(content),
    }[id];
    if (read === undefined) return false;
    for (let left = content.unsigned(); left > 0; left--)
      if (content.at >= content.end || !read()) return false;
    return content.at === content.end;
  }

  private type(content: Reader): boolean {
    if (content.byte() !== 0x60) return false;
    const list = (): Types | undefined => {
      const count = content.unsigned();
      if (count > content.end - content.at) return undefined;
      const types = Array.from({ length: count }, () => TYPES.get(content.byte()));
      return types.includes(undefined) ? undefined : (types as Types);
    };
    const params = list();
    const results = params && list();
    if (params === undefined || results === undefined) return false;
    this.types.push({ params, results });
    return true;
  }

  private import(content: Reader): boolean {
    const module = asciiName(content);
    const name = asciiName(content);
    if (content.byte() !== 0) return false;
    const type = this.types[content.unsigned()];
    if (module === undefined || name === undefined || type === undefined) return false;
    this.imports.push({ module, name, ...type });
    return true;
  }

  private export(content: Reader): boolean {
    const name = asciiName(content);
    if (content.byte() !== 0 || name === undefined) return false;
    this.exports.push({ name, index: content.unsigned() });
    return true;
  }
}

/** A name; undefined where it is not of ASCII alone. */
function asciiName(content: Reader): string | undefined {
  const name = content.name();
  return /^[\0-\x7f]*$/.test(name) ? name : undefined;
}

/** Makes an instance; throws as `instantiate` of an emitted module. */
function instantiate(
  imports: readonly Imported[],
  exports: readonly Exported[],
  given: unknown,
): object {
  if (imports.length > 0 || given !== undefined) checkImports(given);
  const functions = imports.map((item, index) => importedFunction(given as object, item, index));
  const made: Record<string, unknown> = { __proto__: null };
  for (const { name, index } of exports) {
    Object.defineProperty(made, name, { value: functions[index], enumerable: true });
  }
  return Object.freeze(made);
}

/** The exported function that stands for an import: itself, where it is one already. */
function importedFunction(imports: object, item: Imported, index: number): unknown {
  const { module, name, params, results } = item;
  const value = importValue(imports, module, name);
  const type = functionType(params, results);
  if (typeof value !== 'function') incompatible(module, name, type.k, describe(value));
  const raw = rawFunction(value);
  if (raw !== undefined) {
    if (functionMatches(raw, type)) return value;
    incompatible(module, name, type.k, describe(value));
  }
  const made = typedFunction(params, results, value as (...args: never[]) => unknown);
  Object.defineProperty(made, 'name', { value: String(index) });
  return made;
}
