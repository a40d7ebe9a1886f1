/** The imports that `-ttf` modules expect, with a log of everything that passes through them. */

import type { FuncType, Module, ValType } from '@wasm2js/decoder';
import { F32, F64, I64, isRef, V128 } from '@wasm2js/decoder';
import type { Exports, Imports } from '../run/pipeline.js';
import { classOf } from './traps.js';

type Func = (...args: unknown[]) => unknown;
interface TableLike {
  get(index: number): unknown;
  set(index: number, value: unknown): void;
}

/** Constructor of a global, of the host or of our output. */
export type GlobalClass = new (type: { value: string; mutable: boolean }, value: unknown) => object;

const VALUE_NAMES: Record<number, string> = { 127: 'i32', 126: 'i64', 125: 'f32', 124: 'f64' };
const FUNC_HEAP = 0x70;

/** The value type's name in the JavaScript API. */
export const valueName = (type: ValType): string =>
  VALUE_NAMES[type] ?? ((type & 0xff) === FUNC_HEAP ? 'anyfunc' : 'externref');

/** A value for a person; all NaNs are equal, references only null or not. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'function';
  if (typeof value === 'object' && value !== null) return 'object';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The zero of a parameter's type. */
export function zeroOf(type: ValType): unknown {
  if (isRef(type)) return null;
  return type === I64 ? 0n : 0;
}

/** The type of an exported function. */
export function exportType(module: Module, name: string): FuncType {
  const item = module.exports.find((entry) => entry.name === name)!;
  return module.types[module.funcTypes[item.index]!]!.comp as FuncType;
}

/** Calls from imports back into the module for one call of an export; more may take forever. */
const MAX_CALLBACKS = 300;
/** And so many one within the other: ours need more of the stack. */
const MAX_NESTED = 60;

/** V8 12 (Node 20) crashes when it is asked for a value of an exception that has a vector. */
const VALUES_CRASH = process.version.startsWith('v20.');

/** What the import `throw-host` throws: what passes for a trap, a failed access or nothing at all must stay what it is. (Not null, which Node 20 takes for no exception.) */
const THROWN: unknown[] = [
  7,
  undefined,
  new TypeError("reading 'a0' of null"),
  new RangeError('range'),
];

/** Ends a call that comes back too often, on both sides at the same place. */
class TooManyCallbacks extends Error {
  override readonly name = 'TooManyCallbacks';
}

/** One side of a comparison: its imports, its log, and its exports once there are some. */
export class Host {
  readonly log: string[] = [];
  exports: Exports = {};
  private readonly functions: string[];
  private callbacks = 0;
  private nested = 0;

  constructor(
    private readonly module: Module,
    private readonly Global: GlobalClass,
  ) {
    this.functions = module.exports.filter(({ kind }) => kind === 'func').map(({ name }) => name);
  }

  /** Imports of all kinds that the module names. */
  imports(): Imports {
    const imports: Imports = {};
    for (const { module: from, name, desc } of this.module.imports) {
      const entry = (imports[from] ??= {});
      if (desc.kind === 'func') entry[name] = this.func(name);
      else if (desc.kind === 'global') {
        const value = this.globalValue(desc.type);
        entry[name] = new this.Global(
          { value: valueName(desc.type), mutable: desc.mutable },
          value,
        );
      } else throw new Error(`no import for ${from}.${name} of kind ${desc.kind}`);
    }
    return imports;
  }

  /** Begins a call of an export. */
  begin(): void {
    this.callbacks = 0;
  }

  /**
   * What a call has thrown, for a comparison: the values of an exception of one of the exported tags, else its class.
   * Whether an exception is of a tag is asked of the side's own classes.
   */
  thrown(error: unknown): string {
    for (const { name, kind } of this.module.exports) {
      if (kind !== 'tag') continue;
      const exception = error as {
        is?(tag: unknown): boolean;
        getArg(tag: unknown, i: number): unknown;
      };
      const tag = this.exports[name];
      if (typeof exception?.is !== 'function' || tag === undefined || !exception.is(tag)) continue;
      return `${name} ${this.values(name, (i) => exception.getArg(tag, i))}`;
    }
    return classOf(error);
  }

  private values(name: string, get: (index: number) => unknown): string {
    const { index } = this.module.exports.find((entry) => entry.name === name)!;
    const { params } = this.module.types[this.module.tagTypes[index]!.type]!.comp as FuncType;
    if (VALUES_CRASH && params.includes(V128)) return '';
    return params.map((type, i) => (type === V128 ? 'v128' : show(get(i)))).join(' ');
  }

  private countCallback(): void {
    if (++this.callbacks > MAX_CALLBACKS) throw new TooManyCallbacks();
  }

  private globalValue(type: ValType): unknown {
    if (isRef(type)) return valueName(type) === 'externref' ? 'host value' : null;
    if (type === I64) return 42n;
    return type === F32 || type === F64 ? 42.5 : 42;
  }

  private func(name: string): Func {
    switch (name) {
      case 'call-export':
        return (index) => this.callExport(index as number);
      case 'call-export-catch':
        return (index) => this.caught(() => this.callExport(index as number));
      case 'call-ref':
        return (ref) => this.callRef(ref);
      case 'call-ref-catch':
        return (ref) => this.caught(() => this.callRef(ref));
      case 'table-get':
        return (index) => this.table().get((index as number) >>> 0);
      case 'table-set':
        return (index, value) => this.table().set((index as number) >>> 0, value);
      case 'throw-host':
        return (number) => {
          const kind = (number as number) & 7;
          if (kind < THROWN.length) throw THROWN[kind];
        };
      case 'sleep':
        return (_, id) => id;
      default:
        return (...args) => {
          this.log.push(`${name} ${args.map(show).join(' ')}`);
        };
    }
  }

  private table(): TableLike {
    return this.exports['table'] as TableLike;
  }

  private callExport(index: number): void {
    this.countCallback();
    if (this.nested >= MAX_NESTED) throw new TooManyCallbacks();
    this.nested++;
    try {
      this.enter(index);
    } finally {
      this.nested--;
    }
  }

  private enter(index: number): void {
    const name = this.functions[(index >>> 0) % this.functions.length]!;
    const args = exportType(this.module, name).params.map(zeroOf);
    this.log.push(`${name} → ${show((this.exports[name] as Func)(...args))}`);
  }

  private callRef(ref: unknown): void {
    this.countCallback();
    const name = this.functions.find((candidate) => this.exports[candidate] === ref);
    const args = name === undefined ? [] : exportType(this.module, name).params.map(zeroOf);
    this.log.push(`reference → ${show((ref as Func)(...args))}`);
  }

  private caught(action: () => void): number {
    try {
      action();
      return 0;
    } catch (error) {
      // A stack that overflows deep inside must not be hidden: it makes runs incomparable.
      const overflow = /call stack/i.test((error as Error).message);
      if (overflow || error instanceof TooManyCallbacks) throw error;
      return 1;
    }
  }
}
