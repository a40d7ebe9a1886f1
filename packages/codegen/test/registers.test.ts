/** Variables share one where their lives do not overlap: nothing changes but how many there are. */
import { parse } from 'acorn';
import { generate } from 'astring';
import type { FunctionDeclaration, Identifier, VariableDeclaration } from 'estree';
import { expect, test } from 'vitest';
import { type RegisterClass, shareRegisters } from '../src/lower/print/registers.js';
import { load, text } from './building.js';
import { caseText } from './cases.js';

const CLASSES: Record<string, RegisterClass> = { i: 'int', n: 'number', r: 'reference' };

/** The function in the text; names that begin with i, n or r and a digit are its variables. */
function share(
  source: string,
  options?: Parameters<typeof shareRegisters>[2],
): { text: string; before: number; after: number } {
  const identifiers: Identifier[] = [];
  const func = parse(source, {
    ecmaVersion: 2022,
  }).body[0] as unknown as FunctionDeclaration;
  const collect = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    if ((node as Identifier).type === 'Identifier') identifiers.push(node as Identifier);
    for (const value of Object.values(node)) collect(value);
  };
  collect(func);
  const classes = new Map<string, RegisterClass>();
  for (const { name } of identifiers)
    if (/^[inr]\d/.test(name)) classes.set(name, CLASSES[name[0]!]!);
  const declared = (): number =>
    func.body.body.flatMap((node) =>
      node.type === 'VariableDeclaration' ? (node as VariableDeclaration).declarations : [],
    ).length;
  const before = declared();
  const kinds = identifiers.map(({ name }) => classes.get(name));
  shareRegisters(func, classes, options);
  // A variable never takes the name of one of another kind, but a number that of an integer.
  identifiers.forEach(({ name }, i) => {
    const kind = classes.get(name);
    if (kinds[i] !== 'number' || kind !== 'int') expect(kind).toBe(kinds[i]);
  });
  return { text: generate(func), before, after: declared() };
}

const body = (source: string): string => share(source).text.replace(/\s+/g, ' ').trim();

test('a variable takes the place of one that is not read any more, of the same kind', () => {
  expect(body('function f(i0){var i1,i2,n3,r4;i1=i0+1;i2=i1+1;n3=i2+.5;r4=g(n3);return r4}')).toBe(
    'function f(i0) { var n3, r4; i0 = i0 + 1; i0 = i0 + 1; n3 = i0 + .5; r4 = g(n3); return r4; }',
  );
});

test('numbers take variables of integers where a function calls others and has many', () => {
  const source = (count: number): string => {
    const names = Array.from({ length: count }, (_, n) => `i${n + 2}`);
    const all = names.map((name) => `${name}=g();`).join('');
    return `function f(i0){var n1,${names};${all}h(${names});n1=i0*.5;i2=g(n1);return n1+i2}`;
  };
  expect(share(source(7)).text).not.toContain('n1');
  expect(share(source(3)).text).toContain('n1');
  // What calls nothing is on the stack once.
  const quiet = source(7).replace(/[gh]\((.*?)\)/g, '[$1]');
  expect(share(quiet).text).toContain('n1');
});

test('a local that is set to one small constant is no variable', async () => {
  const wat = `(module (memory 1) (func (export "f") (param i32) (result i32) (local i32 i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
    (local.set 1 (i32.const 2048))
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.add (i32.load offset=4 (local.get 1)) (i32.const 3))))
      (br_if 0 (i32.lt_s (local.get 2) (i32.const 100))))
    (i32.add (local.get 1) (local.get 2)))
   (func (export "g") (param i32) (result i32) (local i32)
    (if (local.get 0) (then (local.set 1 (i32.const 2048))))
    (local.get 1)))`;
  expect(await text(wat)).toMatch(/\(2052,/);
  const { f, g } = await load(wat);
  expect([f(0), f(1), g(0), g(1)]).toEqual([7, 2150, 0, 2048]);
});

test('a parameter that only the end reads is kept, behind any number of variables', () => {
  const many = Array.from({ length: 100 }, (_, n) => `i${n + 1}`);
  const uses = many.map((name) => `${name}=g();if(${name})h(${name});`).join('');
  const { text: shared, after } = share(`function f(i0){var ${many};${uses}return i0}`);
  expect(after).toBe(1);
  expect(shared).not.toContain('i0 =');
});

test('a copy of a variable that is not read any more is none', () => {
  expect(body('function f(i0){var i1,i2;i1=g();i2=i1;return i2+i0}')).toBe(
    'function f(i0) { var i1; i1 = g(); ; return i1 + i0; }',
  );
});

test('a variable and its copy are one where none is assigned while the other is wanted', () => {
  expect(body('function f(i0){var i1,i2;i1=g();i2=i1;h(i1);return i2+i0}')).toBe(
    'function f(i0) { var i1; i1 = g(); ; h(i1); return i1 + i0; }',
  );
  // One of two ways in: the copy's place would be another variable's by order.
  const loop = (step: string): string =>
    `function f(i0){var i1,i2,i3;i1=g();h(i1);i2=i0;i3=i2;for(;;){if(g(i3))i3=${step};else break}return i2+i3}`;
  expect(body(loop('i2'))).toBe(
    'function f(i0) { var i1; i1 = g(); h(i1); ; ; for (; ; ) { if (g(i0)) ; else break; } return i0 + i0; }',
  );
  expect(share(loop('g()')).after).toBe(1);
  expect(body(loop('g()'))).toContain('i1 = i0;');
  expect(share('function f(i0){var i1,i2;i1=g();i2=i1;i1=g();h(i0);return i1+i2}').after).toBe(2);
});

test('a copy of a parameter is no variable, but two parameters are two', () => {
  expect(body('function f(i0,i1){var i2;i2=i0;h(i1);i1=i2;return i1+i0}')).toBe(
    'function f(i0, i1) { ; h(i1); i1 = i0; return i1 + i0; }',
  );
});

test('first values stay where they are read', () => {
  const { text: shared } = share(
    'function f(i0){var i1=0,i2=0;if(i0)i2=g();h(i2);i1=g();return i1}',
  );
  expect(shared.replace(/\s+/g, ' ').trim()).toBe(
    'function f(i0) { var i2 = 0; if (i0) i2 = g(); h(i2); i0 = g(); return i0; }',
  );
});

test('a loop keeps what its next round reads', () => {
  const loop =
    'function f(i0){var i1=0,i2=0,i3=0;for(;;){i3=g(i0);if(i3>9)break;i2=i3+i1;i1=i1+i2}return i1}';
  expect(share(loop).after).toBe(2);
});

test('coercions at the heads of loops keep nothing alive, and stay for what is', () => {
  const loop =
    'function f(i0){var i1=0,i2;for(;;){i1=i1|0;i2=i2|0;i2=g(i1);i1=h(i2);if(i1)break}return i0}';
  expect(body(loop)).toBe(
    'function f(i0) { var i1 = 0; for (; ; ) { i1 = i1 | 0; ; i1 = g(i1); i1 = h(i1); if (i1) break; } return i0; }',
  );
});

test('what a handler reads is kept while anything may fail', () => {
  const source =
    'function f(i0){var i1=0,i2;try{i1=g();i2=g();h(i2);i2=g();h(i2)}catch{return i1}return i0}';
  expect(share(source).after).toBe(2);
});

test('a loop that only chooses a place keeps what the places that are gone to read', () => {
  const names = Array.from({ length: 16 }, (_, i) => `i${i + 1} = 0`);
  const source = (next: (i: number) => string): string => {
    const places = Array.from({ length: 8 }, (_, i) => {
      const [x, y] = [`i${2 * i + 1}`, `i${2 * i + 2}`];
      return `case ${i}: ${x} = g(); ${y} = g(); h(${x} + ${y}); i0 = ${next(i)}; continue;`;
    });
    return `function f(i20) { var i0 = 0, ${names}; for (;;) { switch (i0) { ${places.join(' ')} case 8: i1 = i1 + i3 | 0; default: return i1 } } }`;
  };
  expect(share(source((i) => `${(i + 3) % 8}`)).after).toBe(2);
  // Where the state is not known, any place may be next.
  expect(share(source((i) => (i === 5 ? 'g()' : `${(i + 3) % 8}`))).after).toBeGreaterThan(3);
});

/** Random functions over variables of three kinds, with every kind of control flow. */
class Generator {
  private labels: string[] = [];
  private depth = 0;
  constructor(
    private state: number,
    private readonly count: number,
  ) {}

  private below(n: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) | 0;
    return (this.state >>> 8) % n;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  private variable(kind: string): string {
    return `${kind}${this.below(this.count)}`;
  }

  private value(kind: string, deep = 2): string {
    const v = (): string => (deep > 0 ? this.value(kind, deep - 1) : this.variable(kind));
    const choice = this.below(deep > 0 ? 11 : 3);
    if (choice > 8)
      return kind === 'i' ? this.pick([`m.i(${v()}, 1)`, `Math.imul(${v()}, ${v()})`]) : v();
    if (choice === 0) return kind === 'i' ? `${this.below(9)}` : kind === 'n' ? '1.5' : '_new()';
    if (choice < 4 || kind === 'r') return this.variable(kind);
    if (choice === 4) return `(${this.value('i', deep - 1)} ? ${v()} : ${v()})`;
    if (choice === 5) return `_see(${v()})`;
    if (choice === 6) return `(${this.assignment(kind, deep - 1)}, ${v()})`;
    return kind === 'i' ? `(${v()} + ${v()} | 0)` : `(${v()} - ${v()} * .25)`;
  }

  private assignment(kind: string, deep: number): string {
    return `${this.variable(kind)} = ${this.value(kind, deep)}`;
  }

  private list(): string {
    let out = '';
    this.depth++;
    for (let i = this.below(4); i >= 0; i--) out += this.statement();
    this.depth--;
    return out;
  }

  private labelled(open: (label: string) => string): string {
    const label = `L${this.labels.length}${'abc'[this.below(3)]}`;
    this.labels.push(label);
    const out = open(label);
    this.labels.pop();
    return out;
  }

  private statement(): string {
    const kind = this.pick(['i', 'i', 'n', 'r']);
    const choice = this.below(this.depth > 4 ? 6 : 17);
    switch (choice) {
      case 0:
      case 1:
        return `${this.variable(kind)} = ${this.variable(kind)};`;
      case 2:
        return this.pick([
          () => `_see(${this.variable(kind)});`,
          () => `m.I(${this.value('i', 3)}, ${this.value('i', 3)}, 1);`,
          // No variable in it.
          () => `m.I(m.i(m.i(${this.below(16)}, 1), 1), m.i(m.i(5, 1), 1), 1);`,
        ])();
      case 3:
        return this.labels.length > 0
          ? `if (${this.value('i')}) break ${this.pick(this.labels)};`
          : '';
      case 4:
      case 5:
      case 6:
        return `${this.assignment(kind, 2)};`;
      case 7:
        return `if (${this.value('i')}) { ${this.list()} } else { ${this.list()} }`;
      case 8:
        return `if (${this.value('i')} & 1) { ${this.list()} return _see(${this.variable(kind)}); }`;
      case 9:
        return this.labelled((label) => `${label}: { ${this.list()} }`);
      case 10:
        return this.labelled((label) => {
          const coerced = this.variable('i');
          const again = this.below(2) ? `if (${this.value('i')} & 2) continue ${label};` : '';
          return `${label}: for (;;) { ${coerced} = ${coerced} | 0; if (_fuel()) break; ${this.list()} ${again} ${this.list()} }`;
        });
      case 11:
        return this.labelled(
          (label) =>
            `${label}: do { ${this.list()} if (_fuel()) break; } while (${this.value('i')} & 3);`,
        );
      case 12:
        return this.labelled((label) => {
          const rounds = this.variable('i');
          return `${label}: for (${rounds} = 4; ${rounds}; ${rounds} = ${rounds} - 1 | 0) { if (_fuel()) break; ${this.list()} }`;
        });
      case 13: {
        const cases = Array.from({ length: 1 + this.below(4) }, (_, i) => {
          const code = this.below(3) ? `${this.list()} ${this.below(2) ? 'break;' : ''}` : '';
          return `case ${i}: ${code}`;
        });
        if (this.below(3)) cases.splice(this.below(cases.length), 0, `default: ${this.list()}`);
        return `switch (${this.value('i')} & 3) { ${cases.join(' ')} }`;
      }
      case 14:
        return this.places(this.variable('i'));
      case 15:
        return `try { ${this.list()} _fail(); ${this.list()} } catch { ${this.list()} }`;
      default:
        return `_see(${this.value(kind)});`;
    }
  }

  /** A loop that only chooses a place by a variable, which something else may assign as well. */
  private places(state: string): string {
    const count = 2 + this.below(3);
    const step = (): string => {
      this.depth++;
      const out = this.statement();
      this.depth--;
      return out;
    };
    return this.labelled((label) => {
      const go = (): string =>
        `{ ${this.below(3) ? `${state} = ${this.below(count + 1)};` : ''} continue ${label}; }`;
      const cases = Array.from(
        { length: count },
        (_, i) =>
          `case ${i}: if (_fuel()) break ${label}; ${step()} if (${this.value('i')} & 1) ${go()} ${step()} ${this.below(3) ? go() : ''}`,
      );
      if (this.below(2)) cases.push(`default: ${step()} break ${label};`);
      else cases.unshift(`default: break ${label};`);
      return `${label}: for (;;) { switch (${state}) { ${cases.join(' ')} } }`;
    });
  }

  func(): string {
    // What only the end of a large function knows must be kept from its beginning.
    const given =
      this.count > 9
        ? ['i', 'n', 'r'].flatMap((kind) => Array.from({ length: 20 }, (_, n) => kind + n))
        : ['i0', 'i1', 'n0', 'r0'];
    const all = ['i', 'n', 'r'].flatMap((kind) =>
      Array.from({ length: this.count }, (_, n) => kind + n),
    );
    const first = (name: string): string => (name[0] === 'r' ? 'null' : '0');
    const others = all.filter((name) => !given.includes(name));
    const code = this.list() + (this.count % 2 ? this.places('i50') : this.list()) + this.list();
    const declared = [...others, 'i50'].map((name) => `${name} = ${first(name)}`);
    return `function f(${given}) { var ${declared}; ${code} return ${this.variable('i')}; }`;
  }
}

/** What a function returns, what it has seen on its way, and how often it was let go round. */
function run(source: string): unknown[] {
  const seen: unknown[] = [];
  let fuel = 60;
  let made = 0;
  let calls = 0;
  const memory = new Int32Array(16).map((_, i) => i * 7919);
  const helpers = {
    m: {
      i: (address: number) => memory[address & 15],
      I: (address: number, value: number) => {
        memory[address & 15] = value;
      },
    },
    _see: (value: unknown) => {
      seen.push(value);
      return value;
    },
    _fuel: () => fuel-- < 0,
    _new: () => `#${made++}`,
    _fail: () => {
      if (calls++ % 2 === 0) throw new Error('fail');
    },
  };
  const f = new Function(...Object.keys(helpers), `${source}; return f;`)(
    ...Object.values(helpers),
  );
  const some = Array.from({ length: 56 }, (_, n) => n + 7);
  return [f(3, 5, 2.5, 'given', ...some), f(0, -1, 0.5, null, ...some), seen, memory];
}

test('random functions do what they did, with fewer variables', () => {
  let before = 0;
  let after = 0;
  let ahead = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const source = new Generator(seed * 7919, seed % 3 === 0 ? 40 : 7).func();
    const shared = share(source, { alike: seed % 2 === 0 });
    expect(run(shared.text), source).toEqual(run(source));
    if (/, m\.I\(/.test(shared.text)) ahead++;
    before += shared.before;
    after += shared.after;
  }
  expect(after).toBeLessThan(before);
  expect(ahead).toBeGreaterThan(20);
});

test('pieces of a function that are alike share registers where that is asked for, so that they have the same text', () => {
  const piece = (x: string, y: string): string =>
    `${x}=m.i(i0+16,1);${y}=m.i(${x},1);if(${y}===255){m.I(i0+16,${x}+1,1);m.I(${x},${y}>>>19,1)}`;
  // Behind the first piece a register is free that comes before those that the piece has.
  const source = `function f(i0){var i6,i1,i2,i4,i5;i6=g(i0);${piece('i1', 'i2')}h(i6);${piece('i4', 'i5')}return g(i0)}`;
  const alone = share(source);
  const alike = share(source, { alike: true });
  const same = ({ text }: { text: string }): boolean => {
    const lines = text.split('\n').map((line) => line.trim());
    const between = lines.indexOf('h(i6);');
    const count = between - 1 - lines.indexOf('i6 = g(i0);');
    return (
      lines.slice(between - count, between).join() ===
      lines.slice(between + 1, between + 1 + count).join()
    );
  };
  expect(same(alike)).toBe(true);
  expect(same(alone)).toBe(false);
  expect([alike.after, alone.after]).toEqual([3, 3]);
});

test('what an expression needs beside variables is put into those that are free', () => {
  const f = (code: string): string => body(`function f(i0, i1) { var i2; ${code} return g(i0) }`);
  // The variable that is assigned, and one that is not read any more.
  expect(f('i2 = m.i(m.i(m.i(i0, 1), 1), 1); h(i2, i1);')).toContain(
    'i2 = m.i(m.i(i0, 1), 1), i2 = m.i(i2, 1)',
  );
  expect(f('h(i1); m.I(m.i(i0, 1) + 4 | 0, m.i(i0 + 8 | 0, 1), 1);')).toMatch(
    /i1 = m\.i\(i0 \+ 8 \| 0, 1\), m\.I\(m\.i\(i0, 1\) \+ 4 \| 0, i1, 1\)/,
  );
  // What needs more comes first where the order does not matter; numbers keep theirs.
  expect(f('m.I(i0, Math.imul(i1, m.i(i0, 1)), 1); h(i1);')).toContain('imul(m.i(i0, 1), i1)');
  expect(f('m.I(i0, (i1 | 0) + (m.i(i0, 1) | 0) | 0, 1); h(i1);')).toContain(
    '(m.i(i0, 1) | 0) + (i1 | 0)',
  );
  expect(f('m.D(i0, i1 + m.d(i0, 1), 1); h(i1);')).toContain('i1 + m.d(i0, 1)');
  // Nothing is free; a call, a store or an arm of a choice stays where it is.
  for (const code of [
    'm.I(i0, m.i(i0, 1), 1); h(i1);',
    'm.I(g(), m.i(i0, 1), 1);',
    'm.I(i0, h(g(), m.i(i0, 1)), 1);',
    'm.I(i0, i0 ? m.i(i0, 1) : 1, 1);',
    'try { m.I(i0, m.i(i0, 1), 1) } catch { h(i1) }',
  ])
    expect(f(code)).not.toMatch(/, m\.I/);
});

test('what needs no variable at all leaves those that are wanted from elsewhere', () => {
  // i1 comes from `break`: nothing in front of the expression wants it, in the order of the text.
  const source = `function f(i0) { var i1 = 0, i2 = 0; L: { M: { if (i0) break M; i1 = m.i(1, 1); break L; }
    i1 = m.i(2, 1); _see(i1); return 0; }
    if (m.I(m.i(m.i(m.i(8, 1), 1), 1), m.i(m.i(9, 1), 1), 1)) i2 = 1;
    _see(i1); return i1 + i2 | 0; }`;
  expect(run(share(source).text)).toEqual(run(source));
});

test('an interpreter recurses with few variables in its frame', async () => {
  const { f } = await load(caseText('stack-depth.wat'));
  expect(f(1500, 99)).toBe(1500);
});

test('no two passes give variables the same name', async () => {
  // The words of the payload become variables of the vectors' pass, the parts of $i those of the pointers' pass.
  const wat = `(module (memory (export "m") 1) (tag $e (param i32 f64 i64))
    (func (export "f") (param $a i32) (result i64)
      (local $i i32) (local $q v128) (local $x f64) (local $n i64)
      (local.set $q (f64x2.splat (block (result f64)
        (block $h (result i32 f64 i64)
          (try_table (catch $e $h)
            (throw $e (i32.const 1) (f64.load (local.get $a)) (i64.const 2)))
          (unreachable))
        (drop) (local.set $x) (drop) (local.get $x))))
      (local.set $i (i32.const 3))
      (loop (local.set $q (f64x2.neg (local.get $q)))
        (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (i64x2.extract_lane 0 (local.get $q))))`;
  for (const optimizeFor of ['jit', 'interpreter', 'size'] as const) {
    const { f, m } = await load(wat, { optimizeFor });
    new DataView(m.buffer).setBigUint64(8, 0x7ff4000000000001n, true);
    expect(f(8)).toBe(BigInt.asIntN(64, 0xfff4000000000001n));
  }
});

test('what is read right behind an expression without variables is not free in it', () => {
  const store = 'm.I(m.i(8, 1), m.i(9, 1), 1);';
  const arms = `function f(i1, i0) { var i2; if (i1) i1 = g(i0); else { ${store} i1 = i0 - 1 } return i1 }`;
  for (const source of [
    `function f(i0, i1) { var i2; ${store} return i0 }`,
    `function f(i0, i1) { var i2; ${store} i0 = i0 + 1; return g(i0) }`,
    arms,
  ]) {
    const found = body(source);
    expect(found).not.toContain('i0 = m.');
    // The other one is free at the beginning.
    if (source !== arms) expect(found).toContain('i1 = m.i(9, 1), m.I(m.i(8, 1), i1, 1)');
  }
});

test('what only code behind a return reads needs no variable, nor a place for one', () => {
  const store = 'm.I(m.i(8, 1), m.i(9, 1), 1);';
  const found = body(`function f(i0, i1) { var i2, i3 = 0; return i0; { ${store} return g(i3) } }`);
  expect(found).toContain('return i0');
  expect(body(`function f(i0, i1) { var i2, i3 = 0; ${store} return i3 }`)).toMatch(
    /var (i\d) = 0.*return \1/s,
  );
});

test('what is read first of all without a value has a register', () => {
  const source = 'function f(i0) { var i1, i2; g(i1, i0); i2 = i0 + 1; return g(i2) }';
  expect(body(source)).not.toContain('i1');
});
