/**
 * Exceptions that cross frames of JavaScript, between two instances: what becomes of them, line by line. `run(host)` is the
 * same for emitted modules and for the engine's own WebAssembly; `host` has `make(imports)` (an instance's exports, a fresh
 * one each time), `Tag`, `Exception`, `JSTag`.
 */

/** One that JavaScript knows by name, another value by what it is. */
const named = (tags) => (value) => {
  for (const [name, { tag, count, Exception }] of Object.entries(tags))
    if (value instanceof Exception && value.is(tag))
      return `${name}(${Array.from({ length: count }, (_, i) => plain(value.getArg(tag, i))).join()})`;
  if (value instanceof WebAssemblyError) return 'trap';
  if (value instanceof TypeError) return 'TypeError';
  if (value instanceof Error) return `${value.constructor.name}: ${value.message}`;
  return `${typeof value} ${plain(value)}`;
};
/** Hosts print functions in their ways. */
const plain = (value) => (typeof value === 'function' ? 'function' : String(value));
let WebAssemblyError;

export async function run({ make, Tag, Exception, JSTag, RuntimeError }) {
  WebAssemblyError = RuntimeError;
  const lines = [];
  const t = new Tag({ parameters: ['i32'] });
  const twin = new Tag({ parameters: ['i32'] });
  const pair = new Tag({ parameters: ['i64', 'externref'] });
  const tags = {
    t: { tag: t, count: 1, Exception },
    twin: { tag: twin, count: 1, Exception },
    pair: { tag: pair, count: 2, Exception },
  };
  const say = named(tags);
  const note = (...words) => lines.push(words.join(' '));
  const outcome = (what, call) => {
    try {
      note(what, 'gives', say(call()));
    } catch (error) {
      note(what, 'throws', say(error));
    }
  };

  /** What the import does, by its argument's number; `a` and `b` are the instances. */
  let act = () => 0;
  let a;
  let b;
  const imports = (tag) => ({ e: { js: (code) => act(code), t: tag, pair, JSTag } });
  a = make(imports(t));
  b = make(imports(t));
  const stranger = make(imports(twin));

  const kinds = {
    'an Error': () => {
      throw new Error('of JavaScript');
    },
    'a number': () => {
      throw 42;
    },
    undefined: () => {
      throw undefined;
    },
    null: () => {
      throw null;
    },
    'a symbol': () => {
      throw Symbol('s');
    },
    'an Exception of the tag': () => {
      throw new Exception(t, [5]);
    },
    'one that keeps its stack': () => {
      throw new Exception(t, [6], { traceStack: true });
    },
    'an Exception of a twin': () => {
      throw new Exception(twin, [7]);
    },
    'an Exception of two values': () => {
      throw new Exception(pair, [2n ** 63n - 1n, note]);
    },
    'what wasm throws': () => a.throw_t(8),
    'what another file throws': () => b.throw_t(9),
    'what a stranger throws': () => stranger.throw_t(10),
    'from a result': () => ({
      valueOf() {
        throw new Exception(t, [11]);
      },
    }),
    'a result of no kind': () => Symbol('r'),
    'a trap of wasm': () => a.trap(),
    'a trap, made anew': () => {
      try {
        return a.trap();
      } catch (cause) {
        throw new Error('made of a trap', { cause });
      }
    },
    'a trap, caught by finally': () => {
      try {
        return a.trap();
      } finally {
        note('  finally, behind a trap');
      }
    },
    'a RuntimeError of JavaScript': () => {
      throw new RuntimeError('made here');
    },
    'through finally': () => {
      try {
        return b.throw_t(12);
      } finally {
        note('  finally');
      }
    },
    'finally takes it': () => {
      try {
        return b.throw_t(13);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what is looked at
        return 14;
      }
    },
    'caught and thrown again': () => {
      try {
        return b.throw_t(15);
      } catch (error) {
        note('  catch', say(error));
        throw error;
      }
    },
    'replaced in finally': () => {
      try {
        return b.throw_t(16);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what is looked at
        throw new Exception(t, [17]);
      }
    },
    'from a generator': () => {
      function* steps() {
        try {
          yield b.throw_t(18);
        } finally {
          note('  finally of a generator');
        }
      }
      return steps().next().value;
    },
    'from a callback': () => [3, 1, 2].sort((x, y) => b.throw_t(x * 10 + y))[0],
    'from a proxy': () => new Proxy({}, { get: () => b.throw_t(19) }).any,
    'from a constructor': () => {
      class Base {
        constructor() {
          b.throw_t(20);
        }
      }
      return new (class extends Base {})();
    },
    'of a promise that nobody waits for': () => {
      Promise.reject(new Exception(t, [21])).catch((error) => note('  later:', say(error)));
      return 22;
    },
  };
  const ways = [
    'plain',
    'catch_t',
    'catch_all',
    'catch_again',
    'nested',
    'catch_js',
    'legacy',
    'delegated',
    'again_legacy',
  ];
  for (const [name, kind] of Object.entries(kinds)) {
    act = kind;
    for (const way of ways) outcome(`${name}, ${way}`, () => a[way](0));
  }

  // From wasm through JavaScript into another file, and back, several levels deep.
  const seen = [];
  act = (depth) => {
    const next = depth % 2 ? a : b;
    try {
      return depth === 0 ? b.throw_t(100) : next[depth % 3 ? 'catch_again' : 'plain'](depth - 1);
    } catch (error) {
      seen.push(error);
      throw error;
    } finally {
      note('  level', depth);
    }
  };
  outcome('deep', () => a.plain(6));
  note('one object', new Set(seen).size, seen.length);
  outcome('deep, caught', () => b.catch_t(7));

  // The same object comes back each time, and its values do not change.
  const kept = new Exception(pair, [-1n, kinds]);
  act = () => {
    throw kept;
  };
  for (const way of ['plain', 'catch_again', 'nested', 'again_legacy'])
    try {
      a[way](0);
    } catch (error) {
      note('kept', way, error === kept, error.getArg(pair, 1) === kinds);
    }
  // What JavaScript has thrown is the same value behind handlers.
  const value = { any: 'object' };
  act = () => {
    throw value;
  };
  for (const way of ['plain', 'catch_again', 'nested', 'again_legacy'])
    try {
      a[way](0);
    } catch (error) {
      note('value', way, error === value);
    }
  note('by JSTag', a.catch_js(0) === value);

  // Over several turns of the event loop.
  const later = async (call) => {
    await null;
    try {
      return await call();
    } finally {
      note('  settled');
    }
  };
  act = (code) => b.throw_t(code);
  for (const way of ['plain', 'catch_t', 'nested'])
    await later(() => a[way](200)).then(
      (result) => note('async', way, 'gives', say(result)),
      (error) => note('async', way, 'throws', say(error)),
    );
  const all = await Promise.allSettled([1, 2, 3].map((i) => later(() => a.plain(i))));
  note('all', all.map(({ reason }) => say(reason)).join());
  const errors = await Promise.any([4, 5].map((i) => later(() => a.plain(i)))).catch(
    (e) => e.errors,
  );
  note('any', errors.map(say).join());

  // Wrong uses are errors, with words of each host's own.
  const wrong = (what, call) => {
    try {
      note(what, 'gives', call());
    } catch (error) {
      note(what, 'throws', error.constructor.name);
    }
  };
  wrong('wrong index', () => kept.getArg(pair, 2));
  wrong('wrong tag', () => kept.getArg(t, 0));
  wrong('too few values', () => new Exception(pair, [1n]));
  wrong('of JSTag', () => new Exception(JSTag, [1]));
  wrong('is', () => `${kept.is(pair)} ${kept.is(t)} ${kept.is(JSTag)}`);
  return lines;
}
