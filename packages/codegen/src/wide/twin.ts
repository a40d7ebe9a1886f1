/**
 * The form of a function on 64-bit words: BigInts, which V8's last tier keeps in registers of the machine where each is made
 * under `BigInt.asUintN(64, …)` and none is carried around a loop. Gets a function's tree, gives the declaration. Words that
 * live from one construct to the next are in elements of `_words`, which all functions share: one that has this form
 * calls nothing, so no two of them run at a time. The order of accesses and traps is the program's.
 */
import { I64, type ValType } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import { shareRegisters } from '../lower/print/registers.js';
import { shortName } from '../names.js';
import {
  Ending,
  intsOf,
  type Locals,
  localsOf,
  longestPart,
  roundsOf,
  standsAlone,
} from './apart.js';
import { type Operand, Operands } from './operands.js';
import { bigint } from './operators.js';
import { findLive, type Item, sizeOf, type Tree } from './read.js';

/**
 * The parameter behind the function's own, and the label of all it does: a call that has it does nothing but leave at the
 * function's end. V8 weighs a call by where it ends, so thousands of such make it compile what some dozen have run.
 */
const WARM = 'q_';

/** Elements of `_words`; the first is for conversions. */
const SLOTS = 64;
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

/** A loop that is being written as a function of its own. */
interface Part {
  /** How many labels are outside. */
  outside: number;
  /** The variable that counts rounds down. */
  rounds: string;
  locals: Locals;
  /** The labels outside that it leads to, and whether it returns. */
  exits: Label[];
  returns: boolean;
}

/** Is there no room for what the function keeps? */
class Full extends Error {}

/** A function's form. */
export interface Twin {
  /** The function, and those that its loops are. */
  functions: FunctionDeclaration[];
  /** Has it loops that are entered but once? */
  stays: boolean;
}

/**
 * Prints the form.
 * @param tree what `readTree` made of the function
 * @param name its function's name: it is called `w` and this
 * @returns nothing where it keeps more words than there are elements
 */
export function printTwin(
  ctx: ModuleContext,
  index: number,
  name: string,
  tree: Tree,
): Twin | undefined {
  try {
    return new TwinPrinter(ctx, index, tree, name).print();
  } catch (error) {
    if (error instanceof Full) return undefined;
    throw error;
  }
}

class TwinPrinter extends Operands {
  private known = new Map<number, Known>();
  private readonly labels: Label[] = [];
  private readonly slots = new Map<number, number>();
  private readonly locals: string[] = [];
  private readonly high = new Map<number, string>();
  private readonly params: readonly ValType[];
  private readonly results: readonly ValType[];
  private dead = false;
  private part: Part | undefined;
  private readonly functions: FunctionDeclaration[] = [];
  private stays = false;
  /** How many of the functions have names. */
  private named = 0;
  /** The first name behind those of locals. */
  private first = 0;

  constructor(
    ctx: ModuleContext,
    index: number,
    private readonly tree: Tree,
    private readonly name: string,
  ) {
    super(ctx);
    ({ params: this.params, results: this.results } = ctx.funcType(index));
  }

  print(): Twin {
    const { tree, params } = this;
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
    this.first = this.made;
    this.list(tree.items);
    if (!this.dead) this.leave();
    const parts = this.functions.map(({ id, params }) =>
      es.expr(
        es.call(
          id,
          params.map(() => es.num(1)),
        ),
      ),
    );
    const first = this.declaration(`w${this.name}`, names, zeroed, parts);
    return { functions: [first, ...this.functions], stays: this.stays };
  }

  /** A function of what has been written. */
  private declaration(
    name: string,
    params: readonly string[],
    first: readonly [string, Expression][],
    within: readonly Statement[] = [],
  ): FunctionDeclaration {
    const view: [string, Expression | null][] = this.seesMemory
      ? [['m', es.id(`${this.ctx.memory(0).name}.v`)]]
      : [];
    const declared = [
      ...view,
      ...first,
      ...this.variables.map((variable): [string, null] => [variable, null]),
    ];
    const exit = es.when(es.id(WARM), es.block([...within, es.brk(WARM)]));
    const made: FunctionDeclaration = {
      type: 'FunctionDeclaration',
      id: es.id(name),
      params: [...params, WARM].map((param) => es.id(param)),
      body: es.block([
        ...(declared.length > 0 ? [es.declare('var', declared)] : []),
        es.labeled(WARM, es.block([exit, ...this.out])),
      ]),
    };
    // An index above 127 takes bytecodes twice as long, of which V8 optimises 60 KB.
    shareRegisters(made, this.classes, { spare: false });
    return made;
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
    const { part } = this;
    const wide = this.results[0] === I64;
    if (wide) this.out.push(es.assignTo(this.word(0), result!.e));
    if (part !== undefined) {
      if (this.results.length > 0 && !wide) this.out.push(es.assignTo(this.half(0), result!.e));
      part.returns = true;
      this.out.push(es.ret(es.num(Ending.Returned)));
    } else if (wide) this.out.push(...this.returned());
    else this.out.push(es.ret(result === undefined || this.results.length === 0 ? null : result.e));
  }

  /** Returns what is in the first element. */
  private returned(): Statement[] {
    if (this.results.length === 0) return [es.ret(null)];
    const high = es.expr(es.assign(this.ctx.channel('h', 0), this.half(1)));
    return [...(this.results[0] === I64 ? [high] : []), es.ret(this.half(0))];
  }

  /** Values on top of the stack go to a label's variables. */
  private hand({ out }: Label): void {
    out.forEach((name, i) => {
      const { e } = this.stack[this.stack.length - out.length + i]!;
      this.out.push(es.expr(es.assign(name, e)));
    });
  }

  private branch(depth: number): void {
    const at = this.labels.length - 1 - depth;
    const label = this.labels[at];
    if (label === undefined) {
      this.leave();
      return;
    }
    const { part } = this;
    const { item, name } = label;
    const loop = item.name === 'loop';
    if (!loop) this.hand(label);
    this.flush(item.assigned, item.live, false);
    label.used = true;
    if (part !== undefined && at < part.outside) {
      if (!part.exits.includes(label)) part.exits.push(label);
      this.out.push(...this.ended(part, Ending.Left + part.exits.indexOf(label)));
      return;
    }
    this.out.push(loop ? es.cont(name) : es.brk(name));
  }

  private list(items: readonly Item[]): void {
    const longest = longestPart(this.ctx.wideWords === 'always');
    const parts = this.part === undefined && this.labels.length === 0;
    let size = 0;
    for (const [i, item] of items.entries()) {
      if (this.dead) return;
      if (parts && size >= longest && sizeOf(items.slice(i)) >= longest / 2) {
        this.goOn(items.slice(i));
        return;
      }
      this.item(item);
      size += sizeOf([item]);
    }
  }

  /** A long function goes on in another one: V8 optimises no longer ones, and short ones sooner. */
  private goOn(rest: readonly Item[]): void {
    const { tree, stack } = this;
    this.keepAll();
    const live = findLive(rest, tree.types, new Set(), [new Set()]);
    this.flush(live, live, true);
    const params = intsOf(rest, tree.types).map((local) => this.locals[local]!);
    const args = params.map((name): Expression => es.id(name));
    const handed = stack.map(({ e, wide }, i) => {
      if (e.type === 'Literal') return e;
      if (!wide) return args.push(e) - 1;
      const slot = this.slot(tree.types.length + i);
      this.out.push(es.assignTo(this.word(slot), e));
      return this.word(slot);
    });
    const name = this.partName();
    this.out.push(es.ret(es.call(es.id(name), args)));
    const { out, variables, seesMemory, classes } = this;
    Object.assign(this, { out: [], variables: [], seesMemory: false, known: new Map() });
    this.classes = new Map(classes);
    this.made = this.first;
    this.stack = [];
    for (const [i, from] of handed.entries()) {
      const { wide } = stack[i]!;
      if (typeof from !== 'number') this.push(from, wide, [], from.type === 'Literal');
      else {
        params[from] = this.fresh();
        this.push(es.id(params[from]), false, [], true);
      }
    }
    this.keepAll();
    for (const param of params)
      this.out.unshift(es.expr(es.assign(param, this.int('|', es.id(param), 0))));
    this.list(rest);
    if (!this.dead) this.leave();
    this.functions.push(this.declaration(name, params, []));
    Object.assign(this, { out, variables, seesMemory, classes });
    this.dead = true;
  }

  private partName(): string {
    this.named++;
    return `x${this.name}$${this.named}`;
  }

  private open(item: Item): Label {
    const out = item.name === 'loop' ? [] : item.results.map((type) => this.variable(type === I64));
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
    if (this.part === undefined) {
      const results = this.labels.map(({ out }) => out.length).reverse();
      if (standsAlone(item, results)) {
        this.apart(item);
        return;
      }
      this.stays = true;
    }
    this.flush(item.assigned, item.live, true);
    for (const local of item.assigned) this.known.delete(local);
    // What the loop only reads is read once.
    for (const local of item.live) if (!item.assigned.has(local)) this.wordOf(local);
    const label = this.open(item);
    const height = this.stack.length;
    const body = this.within(() => {
      if (this.part !== undefined) this.out.push(es.expr(this.countDown(this.part)));
      this.rounds(item);
    });
    this.out.push(es.labeled(label.name, es.endless(body)));
    this.labels.pop();
    if (!this.dead) this.stack.splice(height, this.stack.length - height - item.results.length);
  }

  /** What a loop does in a round. */
  private rounds(item: Item): void {
    this.list(item.body);
    if (this.dead) return;
    this.keepAll();
    this.out.push(es.brk(undefined));
  }

  private countDown({ rounds }: Part): Expression {
    return es.assign(rounds, this.int('|', this.int('-', es.id(rounds), 1), 0));
  }

  /** Writes what a loop's function keeps in variables, and returns. */
  private ended({ locals }: Part, ending: number): Statement[] {
    const kept = locals.assigned.map((local) =>
      es.assignTo(this.half(2 * this.slot(-1 - local)), es.id(this.locals[local]!)),
    );
    return [...kept, es.ret(es.num(ending))];
  }

  /** A loop as a function, which is called until it ends. */
  private apart(item: Item): void {
    const { out, variables, seesMemory, known } = this;
    this.flush(item.live, item.live, true);
    for (const local of item.assigned) known.delete(local);
    const locals = localsOf(item, this.tree.types);
    const part: Part = {
      outside: this.labels.length,
      rounds: this.fresh(),
      locals,
      exits: [],
      returns: false,
    };
    Object.assign(this, { part, out: [], variables: [], seesMemory: false, known: new Map() });
    const names = locals.used.map((local) => this.locals[local]!);
    for (const name of names)
      this.out.push(es.expr(es.assign(name, this.int('|', es.id(name), 0))));
    for (const local of locals.constant) this.wordOf(local);
    const label = this.open(item);
    const body = this.within(() => {
      const over = this.int('<', this.countDown(part), 0);
      this.out.push(es.when(over, es.block(this.ended(part, Ending.Again))));
      this.rounds(item);
    });
    this.out.push(es.labeled(label.name, es.endless(body)));
    this.labels.pop();
    if (!this.dead) {
      this.flush(item.assigned, item.behind, false);
      this.out.push(...this.ended(part, Ending.Done));
    }
    const name = this.partName();
    this.functions.push(
      this.declaration(name, names, [
        [part.rounds, es.num(roundsOf(this.ctx.wideWords === 'always'))],
      ]),
    );
    Object.assign(this, { part: undefined, out, variables, seesMemory, known });
    this.calls(name, part);
  }

  /** Calls a loop's function until it ends, and goes where it leads. */
  private calls(name: string, { locals, exits, returns }: Part): void {
    const ending = this.variable(false);
    const called = es.call(
      es.id(name),
      locals.used.map((local) => es.id(this.locals[local]!)),
    );
    const ends = (how: number): Expression => es.bin('===', es.id(ending), es.num(how));
    this.out.push({
      type: 'DoWhileStatement',
      body: es.block([
        es.expr(es.assign(ending, called)),
        ...locals.assigned.map((local) =>
          es.expr(es.assign(this.locals[local]!, this.half(2 * this.slot(-1 - local)))),
        ),
      ]),
      test: ends(Ending.Again),
    });
    if (returns) this.out.push(es.when(ends(Ending.Returned), es.block(this.returned())));
    for (const [i, label] of exits.entries())
      this.out.push(es.when(ends(Ending.Left + i), es.brk(label.name)));
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
      const name = this.variable(true);
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
}
