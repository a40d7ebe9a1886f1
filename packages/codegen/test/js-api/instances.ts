/** Operations on instances: imports, exports, growth, traps. */
import type { Api } from './modules.js';
import type { Any, Tools } from './tools.js';

/** Fills the list of `tools`. */
export function instances(
  { W, make }: Api,
  { fail, show, error, check, table, each, logging, shape }: Tools,
): void {
  const convert = make('convert');
  // Imports.
  for (const name of [
    'func',
    'mem',
    'tab',
    'etab',
    'gi32',
    'gi64',
    'gf32',
    'gf64',
    'gext',
    'gfun',
    'gmut',
    'start',
  ]) {
    check(`${name} without imports`, () => make(name));
    each((kind, value) => {
      check(`${name} imports ${kind}`, () => make(name, value()));
      check(`${name} of module ${kind}`, () => make(name, { a: value() }));
      check(`${name} from ${kind}`, () => make(name, { a: { x: value() } }));
    });
    check(`${name} of a failing getter`, () =>
      make(name, {
        a: {
          get x() {
            return fail();
          },
        },
      }),
    );
  }
  each((kind, value) => check(`no imports needed, ${kind}`, () => make('empty', value())));
  check('imports as a function', () =>
    make(
      'gi32',
      Object.assign(() => 0, { a: Object.assign(() => 0, { x: 5 }) }),
    ),
  );
  check('imports on prototypes', () => make('gi32', Object.create({ a: Object.create({ x: 5 }) })));
  for (const imports of [
    {},
    { a: {} },
    { a: { x() {} } },
    { a: { x() {} }, b: { y: 1 } },
    { a: { x: 5 }, b: 5 },
    { a: { x() {} }, b: {} },
    { a: { x() {} }, b: { y: 1n } },
  ]) {
    check(`two of ${show(imports)}`, () => {
      const log: string[] = [];
      const proxies = Object.fromEntries(
        Object.entries(imports).map(([key, value]) => [
          key,
          Object(value) === value ? logging(log, value as Any) : value,
        ]),
      );
      try {
        make('two', logging(log, proxies));
      } catch (thrown) {
        log.push(error(thrown));
      }
      return log;
    });
  }
  for (const [initial, maximum] of [
    [0, 3],
    [1, undefined],
    [1, 1],
    [1, 3],
    [1, 4],
    [2, 3],
    [3, 3],
    [4, 4],
  ]) {
    check(
      `mem of limits ${initial} ${maximum}`,
      () =>
        make('mem', {
          a: { x: new W.Memory(maximum === undefined ? { initial } : { initial, maximum }) },
        }).m,
    );
    check(
      `tab of limits ${initial} ${maximum}`,
      () =>
        make('tab', {
          a: {
            x: new W.Table({
              element: 'anyfunc',
              initial,
              ...(maximum === undefined ? {} : { maximum }),
            }),
          },
        }).t,
    );
  }
  check('limits are those of now', () => {
    const x = new W.Memory({ initial: 0, maximum: 3 });
    x.grow(1);
    return make('mem', { a: { x } }).m === x;
  });

  // Memory, growth and detaching.
  const detach = (name: string, use: (x: Any) => unknown) =>
    check(`detach: ${name}`, () => {
      const x = make('memory');
      const before = x.m.buffer;
      const result = use(x);
      const after = x.m.buffer;
      return [result, before === after, before.byteLength, after.byteLength, x.size()];
    });
  detach('nothing', () => 0);
  detach('look twice', (x) => new Set([x.m.buffer, x.m.buffer]).size);
  for (const pages of [0, 1, 2, 3, -1]) {
    detach(`grow ${pages}`, (x) => x.grow(pages));
    detach(`grow twice ${pages}`, (x) => [x.grow(pages), x.m.buffer.byteLength, x.grow(pages)]);
    detach(`grow full ${pages}`, (x) => [x.grow(2), x.m.buffer.byteLength, x.grow(pages)]);
    if (pages < 0) continue;
    detach(`method grow ${pages}`, (x) => x.m.grow(pages));
    detach(`method grow full ${pages}`, (x) => [
      x.m.grow(2),
      x.m.buffer.byteLength,
      x.m.grow(pages),
    ]);
  }
  check('contents survive growth by nothing', () => {
    const x = make('memory');
    x.put();
    x.m.buffer;
    x.m.grow(0);
    const seen = [x.got(), new Int32Array(x.m.buffer)[0]];
    x.m.grow(2);
    x.m.buffer;
    x.m.grow(0);
    return [...seen, x.got(), new Int32Array(x.m.buffer)[0], Object.isFrozen(x.m.buffer)];
  });
  for (const method of [true, false]) {
    check(`a fixed memory grows by nothing while its function runs ${method}`, () => {
      let before: Any;
      const x = make('fixed', {
        e: {
          f: () => {
            before = x.m.buffer;
            if (method) x.m.grow(0);
            else x.grow(0);
          },
        },
      });
      const result = x.across();
      return [result, before.byteLength, [...new Int32Array(x.m.buffer, 0, 4)]];
    });
  }

  // Exports and identity.
  check('exports object', () => [
    Object.isFrozen(table),
    Object.getPrototypeOf(table),
    Object.keys(table),
    Object.prototype.toString.call(table),
    Reflect.set(table, 'f', 1),
    Reflect.set(table, 'new', 1),
    Reflect.deleteProperty(table, 'f'),
    shape(table),
  ]);
  check('identity', () => {
    const x = make('table');
    x.t.set(1, x.g);
    const again = make('func', { a: { x: convert.i32 } });
    return [
      x.t.get(0) === x.f,
      x.t.get(1) === x.h,
      x.g === x.h,
      x.v.value === x.f,
      x.t instanceof W.Table,
      x.w instanceof W.Global,
      again.f === convert.i32,
      make('tab', { a: { x: x.t } }) === undefined,
    ];
  });
  check('identity of what is imported', () => {
    const [m, t] = [
      new W.Memory({ initial: 1, maximum: 3 }),
      new W.Table({ element: 'anyfunc', initial: 1, maximum: 3 }),
    ];
    const g = new W.Global({ value: 'i32', mutable: true }, 5);
    const x = make('gmut', { a: { x: g } });
    x.set(6);
    t.set(0, x.set);
    return [
      make('mem', { a: { x: m } }).m === m,
      make('tab', { a: { x: t } }).t === t,
      x.g === g,
      g.value,
      t.get(0) === x.set,
    ];
  });
  check('an immutable import is not the number’s global', () => make('gi32', { a: { x: 7 } }).g);
  check('a function of another type', () => make('func', { a: { x: table.f } }));
  check('a function of the type', () => make('func', { a: { x: convert.i32 } }).run(7));

  // Traps.
  const traps = make('traps');
  for (const name of ['unreachable', 'load', 'div', 'trunc'])
    check(`trap ${name}`, () => traps[name]());
  for (const index of [0, 1, 2, -1]) check(`trap call ${index}`, () => traps.call(index));
  check('trap in a segment', () => make('segment'));
  check('trap of the start function', () => make('start', { a: { x: traps.unreachable } }));
  check('error of the start function', () => make('start', { a: { x: fail } }));
}
