/**
 * What operations on the JavaScript API share: values of all kinds, and how outcomes are written down.
 * The functions here and in the files beside it stand for themselves: their text also runs on other
 * hosts, where only `tools` and `Api` are in scope.
 */
import type { Api } from './modules.js';

// biome-ignore lint/suspicious/noExplicitAny: values of any kind
export type Any = any;

export type Tools = ReturnType<typeof tools>;

/** @returns `list`, the pairs of an operation and what came of it, and what fills it */
export function tools({ W, make }: Api) {
  const list: [string, string][] = [];
  const marked = { marked: true };
  const fail = (): never => {
    throw marked;
  };

  const show = (value: Any, depth = 2): string => {
    if (Object.is(value, -0)) return '-0';
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol') return 'symbol';
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'function') return `function ${value.name}/${value.length}`;
    if (typeof value !== 'object' || value === null) return String(value);
    if (Array.isArray(value)) return `[${value.map((item) => show(item, depth - 1)).join()}]`;
    for (const name of ['Memory', 'Table', 'Global', 'Tag']) {
      if (value instanceof W[name]) {
        if (name === 'Memory') return `Memory ${value.buffer.byteLength}`;
        if (name === 'Table') return `Table ${value.length}`;
        if (name === 'Tag') return 'Tag';
        try {
          return `Global ${show(value.value, 1)}`;
        } catch {
          return 'Global';
        }
      }
    }
    if (depth === 0) return 'object';
    const keys = Object.keys(value).map((key) => `${key}:${show(value[key], depth - 1)}`);
    return `{${keys.join()}}`;
  };
  const error = (thrown: Any): string => {
    if (thrown === marked) return 'throws the marked object';
    for (const name of ['LinkError', 'RuntimeError'])
      if (thrown instanceof W[name]) return `throws ${name}`;
    for (const Class of [TypeError, RangeError])
      if (thrown instanceof Class) return `throws ${Class.name}`;
    return `throws ${thrown instanceof Error ? thrown.name : String(thrown)}`;
  };
  const times = new Map<string, number>();
  const check = (name: string, operation: () => unknown): void => {
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    let outcome: string;
    try {
      outcome = show(operation());
    } catch (thrown) {
      outcome = error(thrown);
    }
    list.push([before === 0 ? name : `${name} (${before + 1})`, outcome]);
  };

  const table = make('table');
  const zoo: [string, () => Any][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['true', () => true],
    ['0', () => 0],
    ['-0', () => -0],
    ['1', () => 1],
    ['2', () => 2],
    ['3', () => 3],
    ['4', () => 4],
    ['-1', () => -1],
    ['-0.9', () => -0.9],
    ['1.9', () => 1.9],
    ['2^31', () => 2 ** 31],
    ['2^32-1', () => 2 ** 32 - 1],
    ['2^32', () => 2 ** 32],
    ['2^53', () => 2 ** 53],
    ['1e300', () => 1e300],
    ['NaN', () => Number.NaN],
    ['Infinity', () => Number.POSITIVE_INFINITY],
    ['"2"', () => '2'],
    ['"x"', () => 'x'],
    ['""', () => ''],
    ['5n', () => 5n],
    ['-1n', () => -1n],
    ['2n**64n', () => 2n ** 64n + 1n],
    ['symbol', () => Symbol.iterator],
    ['{}', () => ({})],
    ['[]', () => []],
    ['[2]', () => [2]],
    ['{valueOf}', () => ({ valueOf: () => 2 })],
    ['{toString}', () => ({ toString: () => '3' })],
    ['{valueOf big}', () => ({ valueOf: () => 2n })],
    ['{valueOf fails}', () => ({ valueOf: fail })],
    ['function', () => () => 1],
    ['class', () => class A {}],
    ['native function', () => Math.sin],
    ['exported', () => table.f],
    ['other exported', () => make('convert').i32],
    ['Memory', () => new W.Memory({ initial: 1, maximum: 3 })],
    ['Table', () => new W.Table({ element: 'anyfunc', initial: 1, maximum: 3 })],
    ['extern Table', () => new W.Table({ element: 'externref', initial: 1, maximum: 3 })],
    ['Global', () => new W.Global({ value: 'i32', mutable: true }, 2)],
    ['i32 Global', () => new W.Global({ value: 'i32' }, 2)],
    ['i64 Global', () => new W.Global({ value: 'i64' }, 2n)],
    ['f64 Global', () => new W.Global({ value: 'f64' }, 2.5)],
    ['extern Global', () => new W.Global({ value: 'externref' }, 'any')],
    ['Memory prototype', () => W.Memory.prototype],
    ['proxy of a Memory', () => new Proxy(new W.Memory({ initial: 1, maximum: 3 }), {})],
    ['proxy of a function', () => new Proxy(() => 5, {})],
    ['failing proxy', () => new Proxy({}, { get: fail, has: fail })],
  ];
  const each = (use: (name: string, value: () => Any) => void) => {
    for (const [name, value] of zoo) use(name, value);
  };

  /** An object that notes which properties are read. */
  const logging = (log: string[], values: Record<string, unknown>): Any =>
    new Proxy(values, {
      get(target, key) {
        log.push(String(key));
        return (target as Any)[key];
      },
      has: fail,
      ownKeys: fail,
    });
  const known = (log: string[]) =>
    log.filter((key) => !['address', 'index', 'shared', 'minimum'].includes(key));
  /** All own properties. */
  const shape = (object: Any): string =>
    Reflect.ownKeys(object)
      .filter(
        (key) =>
          !['type', 'toFixedLengthBuffer', 'toResizableBuffer', 'caller', 'arguments'].includes(
            String(key),
          ),
      )
      .map((key) => {
        const d = Object.getOwnPropertyDescriptor(object, key)!;
        const flags = `${d.enumerable ? 'e' : ''}${d.configurable ? 'c' : ''}${d.writable ? 'w' : ''}`;
        const about = (f: Any) => (typeof f === 'function' ? `${f.name}/${f.length}` : '');
        return `${String(key)} ${flags} ${about(d.get)} ${about(d.set)} ${about(d.value)}`;
      })
      .sort()
      .join(';');
  return { list, marked, fail, show, error, check, table, each, logging, known, shape };
}
