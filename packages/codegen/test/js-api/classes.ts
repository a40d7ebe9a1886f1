/** Operations on the classes: constructors, descriptors, methods, shapes. */
import type { Api } from './modules.js';
import type { Any, Tools } from './tools.js';

/** Fills the list of `tools`. */
export function classes(
  { W }: Api,
  { fail, show, error, check, each, logging, known, shape }: Tools,
): void {
  // Constructors and their descriptors.
  for (const name of ['Memory', 'Table', 'Global', 'Tag']) {
    check(`${name}()`, () =>
      W[name]({ initial: 1, element: 'anyfunc', value: 'i32', parameters: [] }),
    );
    check(`new ${name}()`, () => new W[name]());
    each((kind, value) => check(`new ${name}(${kind})`, () => new W[name](value())));
  }
  each((kind, value) => {
    const large = ['2^31', '2^32-1'].includes(kind);
    check(`Memory initial ${kind}`, () => new W.Memory({ initial: value() }));
    check(`Memory maximum ${kind}`, () => new W.Memory({ initial: 2, maximum: value() }));
    check(`Memory maximum of 0 ${kind}`, () => new W.Memory({ initial: 0, maximum: value() }));
    if (!large)
      check(`Table initial ${kind}`, () => new W.Table({ element: 'anyfunc', initial: value() }));
    check(
      `Table maximum ${kind}`,
      () => new W.Table({ element: 'anyfunc', initial: 2, maximum: value() }),
    );
    check(`Table element ${kind}`, () => new W.Table({ element: value(), initial: 1 }));
    for (const element of ['anyfunc', 'externref']) {
      const fresh = (initial = 2) => new W.Table({ element, initial, maximum: 4 });
      check(`Table ${element} init ${kind}`, () =>
        new W.Table({ element, initial: 1 }, value()).get(0),
      );
      check(`${element} get ${kind}`, () => fresh().get(value()));
      check(`${element} set ${kind} null`, () => fresh().set(value(), null));
      check(`${element} set ${kind}`, () => fresh().set(value()));
      check(`${element} set past the end, of a value ${kind}`, () => fresh().set(9, value()));
      check(`${element} set of a value ${kind}`, () => {
        const t = fresh();
        const result = t.set(1, value());
        return [result, t.get(0), t.get(1)];
      });
      check(`${element} grow ${kind}`, () => {
        const t = fresh();
        return [t.grow(value()), t.length, t.get(t.length - 1)];
      });
      check(`${element} grow with ${kind}`, () => {
        const t = fresh();
        return [t.grow(1, value()), t.get(2)];
      });
      check(`${element} grow too far with ${kind}`, () => fresh().grow(9, value()));
    }
    check(`grow ${kind}`, () => {
      const m = new W.Memory({ initial: 1, maximum: 3 });
      const before = m.buffer;
      return [m.grow(value()), before.byteLength, m.buffer.byteLength];
    });
    check(`Global value ${kind}`, () => new W.Global({ value: value() }));
    check(`Global mutable ${kind}`, () => {
      const g = new W.Global({ value: 'i32', mutable: value() }, 1);
      g.value = 4;
      return g.value;
    });
    for (const type of ['i32', 'i64', 'f32', 'f64', 'externref', 'anyfunc', 'v128']) {
      check(`Global ${type} of ${kind}`, () => new W.Global({ value: type }, value()));
      if (type === 'v128') continue;
      check(`Global ${type} set ${kind}`, () => {
        const g = new W.Global({ value: type, mutable: true });
        g.value = value();
        return [g.value, g.valueOf()];
      });
    }
    check(`Tag of ${kind}`, () => new W.Tag({ parameters: value() }));
    check(`Tag of [${kind}]`, () => new W.Tag({ parameters: [value()] }));
  });
  for (const type of ['i32', 'i64', 'f32', 'f64', 'externref', 'anyfunc', 'v128']) {
    check(`Global ${type}`, () => new W.Global({ value: type }));
    check(`value of ${type}`, () => new W.Global({ value: type }).value);
    check(`Global ${type} is immutable`, () => {
      new W.Global({ value: type }).value = 1;
    });
    check(`Tag ${type}`, () => new W.Tag({ parameters: [type, 'i32'] }));
  }
  check('Tag of an iterable', () => new W.Tag({ parameters: new Set(['i32', 'i64']) }));
  check('Tag of a failing iterable', () => new W.Tag({ parameters: { [Symbol.iterator]: fail } }));
  check('Memory 65537', () => new W.Memory({ initial: 65537 }));
  check('Memory maximum 65537', () => new W.Memory({ initial: 1, maximum: 65537 }));
  check('Table 10000001', () => new W.Table({ element: 'anyfunc', initial: 10000001 }));
  check(
    'Table of maximum 2^32-1',
    () => new W.Table({ element: 'anyfunc', initial: 1, maximum: 2 ** 32 - 1 }),
  );
  check('Table get and set of no argument', () =>
    new W.Table({ element: 'anyfunc', initial: 1 }).get(),
  );
  check('Table set of no argument', () => new W.Table({ element: 'anyfunc', initial: 1 }).set());
  check('Table grow of no argument', () => new W.Table({ element: 'anyfunc', initial: 1 }).grow());
  check('Memory grow of no argument', () => new W.Memory({ initial: 1 }).grow());

  // The order in which descriptors are read, with and without what is needed.
  const orders: [string, Record<string, unknown>][] = [
    ['Memory', { initial: 1, maximum: 2 }],
    ['Memory', { maximum: 2 }],
    ['Memory', { initial: 'x', maximum: 2 }],
    ['Table', { element: 'anyfunc', initial: 1, maximum: 2 }],
    ['Table', { initial: 1, maximum: 2 }],
    ['Table', { element: 'anyfunc', maximum: 2 }],
    ['Global', { value: 'i32', mutable: true }],
    ['Global', { mutable: true }],
    ['Tag', { parameters: ['i32'] }],
  ];
  for (const [name, values] of orders) {
    check(`${name} reads ${show(values)}`, () => {
      const log: string[] = [];
      try {
        new W[name](logging(log, values));
      } catch (thrown) {
        log.push(error(thrown));
      }
      return known(log);
    });
  }

  // Shapes.
  for (const name of ['Memory', 'Table', 'Global', 'Tag', 'RuntimeError', 'LinkError']) {
    check(`${name} shape`, () => shape(W[name]));
    check(`${name}.prototype shape`, () => shape(W[name].prototype));
    check(`${name}.prototype tag`, () => String(W[name].prototype[Symbol.toStringTag]));
    check(`${name} parent`, () => [
      Object.getPrototypeOf(W[name]) === Function.prototype,
      Object.getPrototypeOf(W[name]) === Error,
      Object.getPrototypeOf(W[name].prototype) === Object.prototype,
      Object.getPrototypeOf(W[name].prototype) === Error.prototype,
    ]);
  }
  for (const name of ['RuntimeError', 'LinkError']) {
    check(`${name} object`, () => {
      const made = new W[name]('text', { cause: 5 });
      return [
        made.name,
        made.message,
        made.cause,
        String(made),
        made instanceof Error,
        Object.keys(made),
        Object.prototype.toString.call(made),
      ];
    });
    check(`${name} without new`, () => W[name]('text') instanceof W[name]);
    check(`${name} without text`, () => [
      Object.hasOwn(new W[name](), 'message'),
      new W[name]().message,
    ]);
    check(`${name} subclass`, () => {
      class Mine extends W[name] {}
      return [
        new Mine('m') instanceof Mine,
        new Mine('m') instanceof W[name],
        new Mine('m').message,
      ];
    });
  }
  const samples: Record<string, () => Any> = {
    Memory: () => new W.Memory({ initial: 1 }),
    Table: () => new W.Table({ element: 'externref', initial: 1 }, 3),
    Global: () => new W.Global({ value: 'i32', mutable: true }, 3),
    Tag: () => new W.Tag({ parameters: [] }),
  };
  for (const [name, make] of Object.entries(samples)) {
    check(`${name} instance`, () => {
      const object = make();
      return [
        Object.keys(object),
        Object.prototype.toString.call(object),
        Object.isExtensible(object),
        String(object),
      ];
    });
    check(`${name} subclass`, () => {
      class Mine extends W[name] {}
      const args: Record<string, Any> = {
        Memory: { initial: 1 },
        Table: { element: 'anyfunc', initial: 1 },
        Global: { value: 'i32' },
        Tag: { parameters: [] },
      };
      const mine = new Mine(args[name]);
      return [mine instanceof Mine, mine instanceof W[name]];
    });
    for (const [key, d] of Object.entries(
      Object.getOwnPropertyDescriptors(W[name].prototype) as Record<string, PropertyDescriptor>,
    ).sort()) {
      if (['constructor', 'type', 'toFixedLengthBuffer', 'toResizableBuffer'].includes(key))
        continue;
      for (const method of [d.get, d.set, d.value]) {
        if (typeof method !== 'function') continue;
        each((kind, value) => {
          const own = { Memory: 'Memory', Table: 'Table', Global: 'Global' }[name];
          if (own !== undefined && kind.includes(own)) return;
          check(`${name} ${key} of ${kind}`, () => method.call(value(), 0));
        });
        check(`new ${name} ${key}`, () => new (method as Any)());
      }
    }
  }
}
