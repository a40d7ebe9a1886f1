/**
 * Conversions and shapes of Web IDL, as far as the object needs them beyond what the realm's classes do
 * themselves: arguments come in as JavaScript gives them, TypeErrors are thrown for what does not convert.
 */
import { helpers, suspends } from './realm.js';
import type { ModuleOptions } from './sources.js';

const lengthOf = (prototype: object): ((buffer: unknown) => number) => {
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'byteLength')!;
  return (buffer) => get!.call(buffer) as number;
};
const lengths = [
  ArrayBuffer,
  ...(typeof SharedArrayBuffer === 'function' ? [SharedArrayBuffer] : []),
].map(({ prototype }) => lengthOf(prototype));

/** Is this a buffer of any realm, shared or not? Asked by what only buffers have. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return lengths.some((length) => {
    try {
      length(value);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The bytes of an AllowSharedBufferSource.
 * @returns a view of the bytes as they are now: to be copied before anything else runs
 * @throws TypeError for anything but a buffer or a view of one
 */
export function bufferSource(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (isBuffer(value)) return new Uint8Array(value);
  throw new TypeError('the first argument must be an ArrayBuffer or a view of one');
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
