/**
 * The form of a function on 64-bit words: BigInts, which V8's last tier keeps in registers of the machine where each is made
 * under `BigInt.asUintN(64, …)` and none is carried around a loop. Gets a function's tree, gives the declaration. Words that
 * live from one construct to the next are in elements of `_words`, which all functions share: one that has this form
 * calls nothing, so no two of them run at a time. The order of accesses and traps is the program's.
 */
import { I64, type ValType } from '@wasm2js/decoder';
import type { BinaryOperator, Expression, FunctionDeclaration, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import { shortName } from '../names.js';
import { bigint, constantOf, LOADS, OPERATORS, STORES } from './operators.js';
import type { Item, Tree } from './read.js';
import { WordExpressions } from './words.js';

/** Elements of `_words`; the first is for conversions. */
const SLOTS = 64;
/** Expressions that nest deeper go through a variable: engines and what prints them recurse. */
const DEEPEST = 50;

/** An operand: an expression, the locals of 32 bits that it reads, and whether it reads memory or a global. */
interface Operand {
  e: Expression;
  wide: boolean;
  /** Can it be written twice? */
  atom: boolean;
  reads: ReadonlySet<number>;
  effect: boolean;
  /** How deep the expression nests, at most. */
  depth: number;
}

/** A word that a local of 64 bits is known to have; `dirty`: its element does not have it. */
interface Known {
  e: Expression;
  dirty: boolean;
}

/** What a branch leads to. */
interface Label {
  item: Item;
  name: string;
  /** Variables of its results. */
  out: string[];
  used: boolean;
}

const NOTHING: ReadonlySet<number> = new Set();

/** Is there no room for what the function keeps? */
class Full extends Error {}

/**
 * Prints the form.
 * @param tree what `readTree` made of the function
 * @returns nothing where it keeps more words than there are elements
 */
export function printTwin(
  ctx: ModuleContext,
  index: number,
  name: string,
  tree: Tree,
): FunctionDeclaration | undefined {
  try {
    return new TwinPrinter(ctx, index, tree).print(name);
  } catch (error) {
    if (error instanceof Full) return undefined;
    throw error;
  }
}

class TwinPrinter {
  private out: Statement[] = [];
  private stack: Operand[] = [];
  private known = new Map<number, Known>();
  private readonly labels: Label[] = [];
  private readonly slots = new Map<number, number>();
  private readonly variables: string[] = [];
  private readonly locals: string[] = [];
  private readonly high = new Map<number, string>();
  private readonly params: readonly ValType[];
  private readonly results: readonly ValType[];
  private made = 0;
  private dead = false;
  private seesMemory = false;
  private readonly words: WordExpressions;

  constructor(
    private readonly ctx: ModuleContext,
    index: number,
    private readonly tree: Tree,
  ) {
    ({ params: this.params, results: this.results } = ctx.funcType(index));
    this.words = new WordExpressions(ctx);
  }

  print(name: string): FunctionDeclaration {
    const { ctx, tree, params } = this;
    const names: string[] = [];
    const zeroed: [string, Expression][] = [];
    tree.types.forEach((type, i) => {
      const local = this.fresh();
      this.locals.push(local);
      if (i < params.length) names.push(local);
      if (type !== I64) {
        if (i < params.length)
          this.out.push(es.expr(es.assign(local, this.int('|', es.id(local), 0))));
        else zeroed.push([local, es.num(0)]);
      } else if (i < params.length) {
        const high = this.fresh();
        names.push(high);
        this.high.set(i, high);
        if (!tree.live.has(i)) return;
        const slot = this.slot(i);
        this.out.push(es.assignTo(this.half(2 * slot), es.id(local)));
        this.out.push(es.assignTo(this.half(2 * slot + 1), es.id(high)));
      } else if (tree.live.has(i)) this.known.set(i, { e: bigint(0n), dirty: true });
    });
    this.list(tree.items);
    if (!this.dead) this.leave();
    const view: [string, Expression | null][] = this.seesMemory
      ? [['m', es.id(`${ctx.memory(0).name}.v`)]]
      : [];
    const declared = [
      ...view,
      ...zeroed,
      ...this.variables.map((variable): [string, null] => [variable, null]),
    ];
    return {
      type: 'FunctionDeclaration',
      id: es.id(name),
      params: names.map((param) => es.id(param)),
      body: es.block([...(declared.length > 0 ? [es.declare('var', declared)] : []), ...this.out]),
    };
  }

  private fresh(): string {
    return shortName(this.made++);
  }

  private variable(): string {
    const name = this.fresh();
    this.variables.push(name);
    return name;
  }

  private helper(name: string): Expression {
    return es.id(this.ctx.helper(name));
  }

  private word(slot: number): Expression {
    return es.at(this.helper('_words'), es.num(slot));
  }

  private half(index: number): Expression {
    return es.at(this.helper('_halves'), es.num(index));
  }

  private slot(local: number): number {
    let slot = this.slots.get(local);
    if (slot === undefined) {
      slot = this.slots.size + 1;
      if (slot >= SLOTS) throw new Full();
      this.slots.set(local, slot);
    }
    return slot;
  }

  private int(operator: BinaryOperator, a: Expression, b: Expression | number): Expression {
    return es.bin(operator, a, typeof b === 'number' ? es.num(b) : b);
  }

  private push(e: Expression, wide: boolean, from: readonly Operand[] = [], atom = false): Operand {
    const reads = from.some((o) => o.reads.size > 0)
      ? new Set(from.flatMap((o) => [...o.reads]))
      : NOTHING;
    const depth = from.reduce((most, o) => Math.max(most, o.depth + 1), 0);
    const operand = { e, wide, atom, reads, effect: from.some((o) => o.effect), depth };
    this.stack.push(operand);
    if (depth > DEEPEST) this.keep(operand);
    return operand;
  }

  private pop(): Operand {
    return this.stack.pop()!;
  }

  /** Puts an operand into a variable, unless it is one. */
  private keep(operand: Operand): void {
    if (operand.atom && operand.reads.size === 0) return;
    const name = this.variable();
    this.out.push(es.expr(es.assign(name, operand.e)));
    Object.assign(operand, { e: es.id(name), atom: true, reads: NOTHING, effect: false, depth: 0 });
  }

  private keepAll(): void {
    for (const operand of this.stack) this.keep(operand);
  }

  /** Evaluates what reads memory or globals before something is written. */
  private settle(more: readonly Operand[] = []): void {
    for (const operand of [...this.stack, ...more]) if (operand.effect) this.keep(operand);
  }

  /** Writes words to their elements where a label may need them. @param done are they there from now on? */
  private flush(assigned: ReadonlySet<number>, live: ReadonlySet<number>, done: boolean): void {
    for (const [local, word] of this.known) {
      if (!word.dirty || !assigned.has(local) || !live.has(local)) continue;
      this.out.push(es.assignTo(this.word(this.slot(local)), word.e));
      if (done) word.dirty = false;
    }
  }

  /** The statements that `make` writes. */
  private within(make: () => void): Statement[] {
    const outer = this.out;
    this.out = [];
    make();
    const inner = this.out;
    this.out = outer;
    return inner;
  }

  private leave(): void {
    const result = this.stack[this.stack.length - 1];
    if (this.results.length === 0) this.out.push(es.ret(null));
    else if (this.results[0] !== I64) this.out.push(es.ret(result!.e));
    else {
      this.out.push(es.assignTo(this.word(0), result!.e));
      this.out.push(es.expr(es.assign(this.ctx.channel('h', 0), this.half(1))));
      this.out.push(es.ret(this.half(0)));
    }
  }

  /** Values on top of the stack go to a label's variables. */
  private hand({ out }: Label): void {
    out.forEach((name, i) => {
      const { e } = this.stack[this.stack.length - out.length + i]!;
      this.out.push(es.expr(es.assign(name, e)));
    });
  }

  private branch(depth: number): void {
    const label = this.labels[this.labels.length - 1 - depth];
    if (label === undefined) {
      this.leave();
      return;
    }
    const { item, name } = label;
    const loop = item.name === 'loop';
    if (!loop) this.hand(label);
    this.flush(item.assigned, item.live, false);
    label.used = true;
    this.out.push(loop ? es.cont(name) : es.brk(name));
  }

  private list(items: readonly Item[]): void {
    for (const item of items) {
      if (this.dead) return;
      this.item(item);
    }
  }

  private open(item: Item): Label {
    const out = item.name === 'loop' ? [] : item.results.map(() => this.variable());
    const label = { item, name: shortName(this.labels.length), out, used: false };
    this.labels.push(label);
    return label;
  }

  /** Behind a construct that branches lead to: what it assigned is in elements, its results in variables. */
  private close({ item, out }: Label, height: number, known: ReadonlyMap<number, Known>): void {
    this.labels.pop();
    this.stack.length = height;
    this.dead = false;
    this.known = new Map(known);
    for (const local of item.assigned) this.known.delete(local);
    for (const [i, name] of out.entries())
      this.push(es.id(name), item.results[i] === I64, [], true);
  }

  private block(item: Item): void {
    this.keepAll();
    const label = this.open(item);
    const height = this.stack.length;
    const known = new Map(this.known);
    const body = this.within(() => {
      this.list(item.body);
      if (this.dead) return;
      this.hand(label);
      this.flush(item.assigned, item.live, false);
    });
    this.out.push(es.labeled(label.name, es.block(body)));
    if (label.used || !this.dead) this.close(label, height, known);
    else this.labels.pop();
  }

  private loop(item: Item): void {
    this.keepAll();
    this.flush(item.assigned, item.live, true);
    for (const local of item.assigned) this.known.delete(local);
    // What the loop only reads is read once.
    for (const local of item.live) if (!item.assigned.has(local)) this.wordOf(local);
    const label = this.open(item);
    const height = this.stack.length;
    const body = this.within(() => {
      this.list(item.body);
      if (this.dead) return;
      this.keepAll();
      this.out.push(es.brk(undefined));
    });
    this.out.push(es.labeled(label.name, es.endless(body)));
    this.labels.pop();
    if (!this.dead) this.stack.splice(height, this.stack.length - height - item.results.length);
  }

  private choice(item: Item): void {
    const test = this.pop();
    this.settle([test]);
    this.keepAll();
    const label = this.open(item);
    const height = this.stack.length;
    const known = this.known;
    const copy = () => new Map([...known].map(([local, word]) => [local, { ...word }]));
    const arm = (items: readonly Item[]): Statement[] =>
      this.within(() => {
        this.dead = false;
        this.stack.length = height;
        this.known = copy();
        this.list(items);
        if (this.dead) return;
        label.used = true;
        this.hand(label);
        this.flush(item.assigned, item.live, false);
      });
    const first = es.block(arm(item.body));
    const second = arm(item.alt);
    const alternate = second.length > 0 ? es.block(second) : null;
    this.out.push(es.labeled(label.name, es.block([es.when(test.e, first, alternate)])));
    if (label.used) this.close(label, height, known);
    else this.labels.pop();
  }

  private get(local: number): void {
    if (this.tree.types[local] !== I64) {
      this.push(es.id(this.locals[local]!), false, [], true).reads = new Set([local]);
      return;
    }
    this.push(this.wordOf(local), true, [], true);
  }

  /** What a local of 64 bits has: from its element, where that is not known. */
  private wordOf(local: number): Expression {
    let word = this.known.get(local);
    if (word === undefined) {
      const name = this.variable();
      this.out.push(es.expr(es.assign(name, this.word(this.slot(local)))));
      word = { e: es.id(name), dirty: false };
      this.known.set(local, word);
    }
    return word.e;
  }

  private set(local: number, tee: boolean): void {
    const value = this.pop();
    if (this.tree.types[local] === I64) {
      this.keep(value);
      this.known.set(local, { e: value.e, dirty: true });
    } else {
      for (const operand of this.stack) if (operand.reads.has(local)) this.keep(operand);
      this.out.push(es.expr(es.assign(this.locals[local]!, value.e)));
    }
    if (tee) this.get(local);
  }

  private address(base: Operand, offset: number): Expression {
    this.seesMemory = true;
    const unsigned = this.int('>>>', base.e, 0);
    if (offset > 0) return this.int('+', unsigned, offset);
    return this.ctx.memory(0).small ? base.e : unsigned;
  }

  private access(method: string, args: Expression[]): Expression {
    const flags = method.endsWith('8') ? [] : [es.YES];
    return es.call(es.member(es.id('m'), this.ctx.viewMethod(method)), [...args, ...flags]);
  }

  private load(wide: boolean, operation: string, offset: number): void {
    const base = this.pop();
    const address = this.address(base, offset);
    if (wide && operation === 'load')
      this.push(this.access('getBigUint64', [address]), true, [base]).effect = true;
    else {
      const read = this.access(LOADS[operation]!, [address]);
      this.push(wide ? this.words.extended(read, operation) : read, wide, [base]).effect = true;
    }
  }

  /** The low half of a word. */
  private low(e: Expression): Expression {
    const first = es.assignment(this.word(0), e);
    return { type: 'SequenceExpression', expressions: [first, this.half(0)] };
  }

  private store(wide: boolean, operation: string, offset: number): void {
    const value = this.pop();
    const base = this.pop();
    this.settle();
    const address = this.address(base, offset);
    if (wide && operation === 'store')
      this.out.push(es.expr(this.access('setBigUint64', [address, value.e])));
    else
      this.out.push(
        es.expr(this.access(STORES[operation]!, [address, wide ? this.low(value.e) : value.e])),
      );
  }

  private item(item: Item): void {
    const { name, x, lo, hi } = item;
    switch (name) {
      case 'local.get':
        this.get(x);
        return;
      case 'local.set':
        this.set(x, false);
        return;
      case 'local.tee':
        this.set(x, true);
        return;
      case 'i32.const':
        this.push(es.num(lo), false, [], true);
        return;
      case 'i64.const':
        this.push(bigint((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)), true, [], true);
        return;
      case 'drop': {
        const { e, effect } = this.pop();
        if (effect) this.out.push(es.expr(e));
        return;
      }
      case 'global.get':
        this.push(es.path(this.ctx.global(x).parts[0]!), false).effect = true;
        return;
      case 'global.set': {
        const { e } = this.pop();
        this.settle();
        this.out.push(es.expr(es.assign(this.ctx.global(x).parts[0]!, e)));
        return;
      }
      case 'select': {
        const operands = this.stack.splice(-3);
        const [a, b, test] = operands as [Operand, Operand, Operand];
        // Both are evaluated, and before the test.
        if (a.effect || b.effect) this.settle(operands);
        this.push(es.cond(test.e, a.e, b.e), a.wide, operands);
        return;
      }
      case 'block':
        this.block(item);
        return;
      case 'loop':
        this.loop(item);
        return;
      case 'if':
        this.choice(item);
        return;
      case 'br':
        this.keepAll();
        this.branch(x);
        this.dead = true;
        return;
      case 'br_if': {
        const test = this.pop();
        this.settle([test]);
        this.keepAll();
        const inner = this.within(() => this.branch(x));
        this.out.push(es.when(test.e, es.block(inner)));
        return;
      }
      case 'return':
        this.settle();
        this.leave();
        this.dead = true;
        return;
      case 'unreachable':
        this.settle();
        this.out.push({
          type: 'ThrowStatement',
          argument: es.call(this.helper('_trap'), [es.str('unreachable')]),
        });
        this.dead = true;
        return;
      case 'nop':
        return;
      default:
        this.numeric(name.startsWith('i64'), name.slice(4), item);
    }
  }

  private numeric(wide: boolean, operation: string, { offset }: Item): void {
    if (operation.startsWith('load')) {
      this.load(wide, operation, offset);
      return;
    }
    if (operation.startsWith('store')) {
      this.store(wide, operation, offset);
      return;
    }
    const b = this.pop();
    if (operation === 'eqz') {
      const zero = wide ? bigint(0n) : es.num(0);
      this.push(this.int('|', this.int('===', b.e, zero), 0), false, [b]);
      return;
    }
    if (operation === 'wrap_i64') {
      this.push(this.low(b.e), false, [b]);
      return;
    }
    if (operation === 'clz') {
      this.push(es.call(es.id(this.ctx.math('clz32')), [b.e]), false, [b]);
      return;
    }
    if (operation.startsWith('extend')) {
      this.extend(operation, b);
      return;
    }
    const a = this.pop();
    const operator = OPERATORS[operation] ?? OPERATORS[operation.slice(0, 2)]!;
    const [, unsigned] = /_([su])$/.exec(operation) ?? [];
    if (/^(eq|ne|[lg][te]_)/.test(operation)) {
      const side = ({ e }: Operand): Expression => {
        if (wide) return unsigned === 's' ? this.words.signed(e) : e;
        return unsigned === 'u' ? this.int('>>>', e, 0) : e;
      };
      this.push(this.int('|', es.bin(operator, side(a), side(b)), 0), false, [a, b]);
    } else if (operation.startsWith('rot')) this.rotate(wide, operation === 'rotl', a, b);
    else if (wide) this.push(this.words.binary(operation, operator, a.e, b.e), true, [a, b]);
    else if (operation === 'mul')
      this.push(es.call(es.id(this.ctx.math('imul')), [a.e, b.e]), false, [a, b]);
    else {
      const e = es.bin(operator, a.e, b.e);
      const exact = /^(and|or|xor|shl|shr_s)$/.test(operation);
      this.push(exact ? e : this.int('|', e, 0), false, [a, b]);
    }
  }

  private extend(operation: string, operand: Operand): void {
    const { e, wide } = operand;
    const { words } = this;
    if (wide) {
      const bits = Number(/\d+/.exec(operation)![0]);
      this.push(words.wrap(words.signed(e, bits)), true, [operand]);
      return;
    }
    const number = operation.endsWith('_s') ? e : this.int('>>>', e, 0);
    this.push(words.extended(number, operation), true, [operand]);
  }

  private rotate(wide: boolean, left: boolean, a: Operand, b: Operand): void {
    this.settle([a, b]);
    this.keep(a);
    const [size, to, from] = wide
      ? [bigint(64n), '<<' as const, '>>' as const]
      : [es.num(32), '<<' as const, '>>>' as const];
    const [up, down] = left ? [to, from] : [from, to];
    if (!wide) {
      this.keep(b);
      this.push(
        es.bin('|', es.bin(up, a.e, b.e), es.bin(down, a.e, es.bin('-', size, b.e))),
        false,
        [a, b],
      );
      return;
    }
    const constant = constantOf(b.e);
    let n = b.e;
    let rest: Expression;
    if (constant === undefined) {
      const kept = this.push(this.words.amount(n), true, [b]);
      this.keep(kept);
      n = this.pop().e;
      rest = this.words.wrap(es.bin('-', size, n));
    } else {
      n = bigint(constant & 63n);
      rest = bigint(64n - (constant & 63n));
    }
    const turned = es.bin(
      '|',
      this.words.wrap(es.bin(up, a.e, n)),
      this.words.wrap(es.bin(down, a.e, rest)),
    );
    this.push(this.words.wrap(turned), true, [a, b]);
  }
}
