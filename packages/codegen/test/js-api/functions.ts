/** Operations on exported functions, and on what host functions give. */
import type { Api } from './modules.js';
import type { Any, Tools } from './tools.js';

/** Fills the list of `tools`. */
export function functions({ make }: Api, { fail, check, table, each, shape }: Tools): void {
  // Exported functions and what passes through them.
  const convert = make('convert');
  for (const name of Object.keys(convert)) {
    each((kind, value) => check(`${name}(${kind})`, () => convert[name](value())));
    check(`${name}()`, () => convert[name]());
    check(`${name} shape`, () => [
      shape(convert[name]),
      Object.getPrototypeOf(convert[name]) === Function.prototype,
    ]);
    check(`new ${name}`, () => new convert[name](0));
  }
  each((kind, value) => {
    check(`many(1, ${kind})`, () => convert.many(1, value(), 2));
    check(`many(${kind}, fails)`, () => convert.many(value(), { valueOf: fail }));
  });
  check('order of conversions', () => {
    const log: number[] = [];
    const number = (n: number, value: unknown) => ({ valueOf: () => log.push(n) && value });
    convert.many(number(0, 1), number(1, 2n), number(2, 3));
    return log;
  });
  check('more arguments', () => convert.many(1, 2n, 3, { valueOf: fail }));
  check('this of an exported function', () => convert.i32.call(fail, 4));
  const fresh = (): Any => {
    const e: Record<string, Any> = {};
    for (const name of ['i32', 'i64', 'f32', 'f64', 'externref', 'anyfunc', 'none', 'many', 'args'])
      e[name] = () => undefined;
    return e;
  };
  each((kind, value) => {
    for (const name of ['i32', 'i64', 'f32', 'f64', 'externref', 'anyfunc', 'none', 'many']) {
      check(`host ${name} gives ${kind}`, () =>
        make('host', { e: { ...fresh(), [name]: value } })[name](),
      );
    }
    check(`host many gives [${kind}, ${kind}]`, () =>
      make('host', { e: { ...fresh(), many: () => [value(), value()] } }).many(),
    );
  });
  const iterables: [string, () => Any][] = [
    ['a set', () => new Set([1, 2])],
    [
      'a generator',
      () =>
        (function* () {
          yield 1;
          yield 2;
        })(),
    ],
    ['a string', () => '12'],
    ['too few', () => [1]],
    ['too many', () => [1, 2, 3]],
    ['array-like', () => ({ length: 2, 0: 1, 1: 2 })],
    ['an iterator that is none', () => ({ [Symbol.iterator]: 5 })],
    ['an iterator of nothing', () => ({ [Symbol.iterator]: () => 5 })],
    ['an iterator that fails', () => ({ [Symbol.iterator]: fail })],
    ['a next that fails', () => ({ [Symbol.iterator]: () => ({ next: fail }) })],
    [
      'too many and then fails',
      () =>
        (function* () {
          yield 1;
          yield 2;
          yield 3;
          fail();
        })(),
    ],
  ];
  for (const [kind, value] of iterables) {
    check(`host many gives ${kind}`, () => make('host', { e: { ...fresh(), many: value } }).many());
  }
  check('arguments of a host function', () => {
    let seen: Any;
    const args = function (this: unknown, ...all: unknown[]) {
      seen = [this, all.length, ...all];
    };
    const result = make('host', { e: { ...fresh(), args } }).args('any', table.f);
    return [result, ...seen];
  });
  check('a host function exported again', () => {
    const e = fresh();
    const x = make('host', { e });
    return [x.again === e.none, x.again];
  });
}
