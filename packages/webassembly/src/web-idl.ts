/**
 * Conversions and shapes of Web IDL, as far as the object needs them beyond what the realm's classes do
 * themselves: arguments come in as JavaScript gives them, TypeErrors are thrown for what does not convert.
 */
import { helpers, suspends } from './realm.js';
import type { ModuleOptions } from './sources.js';

type Getter = (object: unknown) => unknown;

/** Accessors of a prototype as they are now: what a program puts over them later says nothing about the bytes. */
const accessors = (prototype: object, ...names: string[]): Getter[] =>
  names.map((name) => {
    const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
    return (object) => get!.call(object) as unknown;
  });
const lengths = [
  ArrayBuffer,
  ...(typeof SharedArrayBuffer === 'function' ? [SharedArrayBuffer] : []),
].flatMap(({ prototype }) => accessors(prototype, 'byteLength'));
const { isView } = ArrayBuffer;
const views = [Object.getPrototypeOf(Uint8Array.prototype) as object, DataView.prototype].map(
  (prototype) => accessors(prototype, 'byteLength', 'buffer', 'byteOffset'),
);

// Undefined for a DataView.
const { get: tagOf } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!;

/** What the first accessor gives that takes an object; undefined where none does. */
function firstOf(getters: readonly Getter[], object: unknown): unknown {
  for (const get of getters) {
    try {
      return get(object);
    } catch {
      // The object is of another class.
    }
  }
  return undefined;
}

/**
 * The bytes of an AllowSharedBufferSource (Web IDL, "get a copy of the bytes held by the buffer source").
 * @param value a buffer or a view of any realm; asked by what only those have, not by what they say themselves
 * @returns a copy, which nothing that runs afterwards can change; of nothing where the buffer is detached
 * @throws TypeError for anything but a buffer or a view of one, and for a DataView that is out of bounds
 */
export function bufferSource(value: unknown): Uint8Array {
  let buffer = value;
  let offset = 0;
  let length: unknown;
  if (isView(value)) {
    const kind = views[tagOf!.call(value) === undefined ? 1 : 0]!;
    [length, buffer, offset] = kind.map((get) => get(value)) as [number, ArrayBuffer, number];
  } else length = firstOf(lengths, value);
  if (length === undefined)
    throw new TypeError('the first argument must be an ArrayBuffer or a view of one');
  if (length === 0) return new Uint8Array(0);
  return new Uint8Array(new Uint8Array(buffer as ArrayBuffer, offset, length as number));
}

/** Is this an object, functions included? */
export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Throws a TypeError where a call has too few arguments. */
export function needArguments(given: readonly unknown[], count: number): void {
  if (given.length < count)
    throw new TypeError(
      `${count} argument${count === 1 ? '' : 's'} required, ${given.length} given`,
    );
}

/** A USVString: lone surrogates are replaced. Throws a TypeError for a symbol. */
function usvString(value: unknown): string {
  const text = `${value as string}`;
  return text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  );
}

/** A sequence of strings. Throws a TypeError for what cannot be iterated over. */
function strings(value: unknown): string[] {
  if (!isObject(value) || typeof (value as Iterable<unknown>)[Symbol.iterator] !== 'function')
    throw new TypeError('the builtins must be a sequence of strings');
  return [...(value as Iterable<unknown>)].map(usvString);
}

/** What sources get with the options. */
const SHARED = { suspends, realm: () => helpers };

/** WebAssemblyCompileOptions: its members are read in the order of their names. */
export function compileOptions(value: unknown): ModuleOptions {
  if (value === undefined || value === null)
    return { builtins: [], importedStringConstants: undefined, ...SHARED };
  if (!isObject(value)) throw new TypeError('the compile options must be an object');
  const { builtins } = value as { builtins?: unknown };
  const names = builtins === undefined ? [] : strings(builtins);
  const { importedStringConstants: constants } = value as { importedStringConstants?: unknown };
  return {
    builtins: names,
    ...SHARED,
    importedStringConstants:
      constants === undefined || constants === null ? undefined : usvString(constants),
  };
}

/** An optional object: undefined, or an object. */
export function optionalObject(value: unknown): object | undefined {
  if (value === undefined || isObject(value)) return value;
  throw new TypeError('the imports must be an object');
}

/** Gives a class the shape of an interface: its members can be enumerated, its objects say what they are. */
export function shapeInterface(made: { prototype: object }, name: string): void {
  const members = (object: object, except: readonly string[]) => {
    for (const key of Object.getOwnPropertyNames(object))
      if (!except.includes(key)) Object.defineProperty(object, key, { enumerable: true });
  };
  members(made.prototype, ['constructor']);
  members(made, ['length', 'name', 'prototype']);
  Object.defineProperty(made.prototype, Symbol.toStringTag, {
    value: `WebAssembly.${name}`,
    configurable: true,
  });
}
