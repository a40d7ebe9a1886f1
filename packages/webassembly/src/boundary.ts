/**
 * What a module imports and exports, where these are functions alone: read from its bytes, which may be anything, so
 * all that is read is checked or bounded. Function types are known as far as their values are plain: numbers,
 * `funcref`, `externref`.
 */
import type { functionType } from './realm.js';
import { type Reader, SECTION, sections } from './sections.js';

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Value types by their codes: those that a function of JavaScript can be called with. */
const TYPES = new Map<number, Types[number]>([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x70, { n: true, h: 'func' }],
  [0x6f, { n: true, h: 'extern' }],
]);

export type Types = Parameters<typeof functionType>[0];

/** A function type whose values are plain. */
export interface Signature {
  params: Types;
  results: Types;
}
export interface ImportedFunction {
  module: string;
  name: string;
  type: Signature;
}
export interface ExportedFunction {
  name: string;
  index: number;
  type: Signature;
}

/** The imports and exports of a module, and the ids of its sections in their order. */
export interface Boundary {
  imports: ImportedFunction[];
  exports: ExportedFunction[];
  sections: number[];
}

/**
 * Reads them.
 * @returns undefined where anything but a function of a plain type is imported or exported, or where the bytes are
 *   no module; that the module is valid is not said
 */
export function readBoundary(bytes: Uint8Array): Boundary | undefined {
  if (HEADER.some((byte, i) => bytes[i] !== byte)) return undefined;
  try {
    return new BoundaryReader().read(bytes);
  } catch {
    return undefined;
  }
}

class BoundaryReader {
  /** Types by index; undefined for one whose values are not plain. */
  private readonly types: (Signature | undefined)[] = [];
  /** Types of all functions, imported ones first. */
  private readonly functions: (Signature | undefined)[] = [];
  private readonly imports: ImportedFunction[] = [];
  private readonly exports: ExportedFunction[] = [];

  read(bytes: Uint8Array): Boundary | undefined {
    const ids: number[] = [];
    for (const { id, content } of sections(bytes)) {
      if (content.end > bytes.length || !this.section(id, content)) return undefined;
      ids.push(id);
    }
    return { imports: this.imports, exports: this.exports, sections: ids };
  }

  /** Reads a section. @returns is it what it may be? */
  private section(id: number, content: Reader): boolean {
    const read = {
      [SECTION.type]: () => this.type(content),
      [SECTION.import]: () => this.import(content),
      [SECTION.function]: () => this.functions.push(this.types[content.unsigned()]) > 0,
      [SECTION.export]: () => this.export(content),
    }[id];
    if (read === undefined) return true;
    for (let left = content.unsigned(); left > 0; left--)
      if (content.at >= content.end || !read()) return false;
    return content.at === content.end;
  }

  private type(content: Reader): boolean {
    if (content.byte() !== 0x60) return false;
    const list = (): (Types[number] | undefined)[] | undefined => {
      const count = content.unsigned();
      if (count > content.end - content.at) return undefined;
      return Array.from({ length: count }, () => {
        const { at } = content;
        const type = TYPES.get(content.byte());
        if (type === undefined) {
          content.at = at;
          content.skipType();
        }
        return type;
      });
    };
    const params = list();
    const results = params && list();
    if (params === undefined || results === undefined) return false;
    const isPlain = !params.includes(undefined) && !results.includes(undefined);
    this.types.push(isPlain ? ({ params, results } as Signature) : undefined);
    return true;
  }

  private import(content: Reader): boolean {
    const module = content.name();
    const name = content.name();
    if (content.byte() !== 0) return false;
    const type = this.types[content.unsigned()];
    if (type === undefined) return false;
    this.imports.push({ module, name, type });
    return this.functions.push(type) > 0;
  }

  private export(content: Reader): boolean {
    const name = content.name();
    if (content.byte() !== 0) return false;
    const index = content.unsigned();
    const type = this.functions[index];
    if (type === undefined) return false;
    this.exports.push({ name, index, type });
    return true;
  }
}

/** The exports object of an instance: frozen, without a prototype. */
export function exportsObject(list: Iterable<readonly [name: string, value: unknown]>): object {
  const made: object = { __proto__: null } as object;
  for (const [name, value] of list) Object.defineProperty(made, name, { value, enumerable: true });
  return Object.freeze(made);
}
