/**
 * The operand stack of a function's form on 64-bit words, and its instructions without control: gets instructions, pushes
 * expressions, writes statements where order asks for it. The order of accesses and traps is the program's.
 */
import type { BinaryOperator, Expression, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import type { RegisterClass } from '../lower/print/registers.js';
import { bigint, constantOf, LOADS, OPERATORS, STORES } from './operators.js';
import type { Item } from './read.js';
import { WordExpressions } from './words.js';

/** Expressions that nest deeper go through a variable: engines and what prints them recurse. */
const DEEPEST = 50;

/** An operand: an expression, the locals of 32 bits that it reads, and whether it reads memory or a global. */
export interface Operand {
  e: Expression;
  wide: boolean;
  /** Can it be written twice? */
  atom: boolean;
  reads: ReadonlySet<number>;
  effect: boolean;
  /** How deep the expression nests, at most. */
  depth: number;
  /** What a comparison of words gives, as a word, made when it is asked for. */
  truth?: (() => Expression) | undefined;
}

const NOTHING: ReadonlySet<number> = new Set();

export class Operands {
  protected out: Statement[] = [];
  protected stack: Operand[] = [];
  /** What is to be declared. */
  protected variables: string[] = [];
  /** What each variable and parameter holds. */
  protected classes = new Map<string, RegisterClass>();
  protected seesMemory = false;
  protected made = 0;
  protected readonly words: WordExpressions;

  constructor(protected readonly ctx: ModuleContext) {
    this.words = new WordExpressions(ctx);
  }

  protected fresh(wide = false): string {
    // The printer gives short names; what is shared begins with a small letter (`flow.ts`).
    const name = `v${this.made++}`;
    this.classes.set(name, wide ? 'reference' : 'int');
    return name;
  }

  protected variable(wide: boolean): string {
    const name = this.fresh(wide);
    this.variables.push(name);
    return name;
  }

  protected helper(name: string): Expression {
    return es.id(this.ctx.helper(name));
  }

  protected word(slot: number): Expression {
    return es.at(this.helper('_words'), es.num(slot));
  }

  protected half(index: number): Expression {
    return es.at(this.helper('_halves'), es.num(index));
  }

  protected int(operator: BinaryOperator, a: Expression, b: Expression | number): Expression {
    return es.bin(operator, a, typeof b === 'number' ? es.num(b) : b);
  }

  protected push(
    e: Expression,
    wide: boolean,
    from: readonly Operand[] = [],
    atom = false,
  ): Operand {
    const reads = from.some((o) => o.reads.size > 0)
      ? new Set(from.flatMap((o) => [...o.reads]))
      : NOTHING;
    const depth = from.reduce((most, o) => Math.max(most, o.depth + 1), 0);
    const operand = { e, wide, atom, reads, effect: from.some((o) => o.effect), depth };
    this.stack.push(operand);
    if (depth > DEEPEST) this.keep(operand);
    return operand;
  }

  protected pop(): Operand {
    return this.stack.pop()!;
  }

  /** Puts an operand into a variable, unless it is one. */
  protected keep(operand: Operand): void {
    if (operand.atom && operand.reads.size === 0) return;
    const name = this.variable(operand.wide);
    this.out.push(es.expr(es.assign(name, operand.e)));
    Object.assign(operand, {
      e: es.id(name),
      atom: true,
      reads: NOTHING,
      effect: false,
      depth: 0,
      truth: undefined,
    });
  }

  protected keepAll(): void {
    for (const operand of this.stack) this.keep(operand);
  }

  /** Evaluates what reads memory or globals before something is written. */
  protected settle(more: readonly Operand[] = []): void {
    for (const operand of [...this.stack, ...more]) if (operand.effect) this.keep(operand);
  }

  protected address(base: Operand, offset: number): Expression {
    this.seesMemory = true;
    const unsigned = this.int('>>>', base.e, 0);
    if (offset > 0) return this.int('+', unsigned, offset);
    return this.ctx.memory(0).small ? base.e : unsigned;
  }

  protected access(method: string, args: Expression[]): Expression {
    const flags = method.endsWith('8') ? [] : [es.YES];
    return es.call(es.member(es.id('m'), this.ctx.viewMethod(method)), [...args, ...flags]);
  }

  protected load(wide: boolean, operation: string, offset: number): void {
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
  protected low(e: Expression): Expression {
    const first = es.assignment(this.word(0), e);
    return { type: 'SequenceExpression', expressions: [first, this.half(0)] };
  }

  protected store(wide: boolean, operation: string, offset: number): void {
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

  protected numeric(wide: boolean, operation: string, { offset }: Item): void {
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
      if (wide) this.compareEqual('eq', b);
      else this.push(this.int('|', this.int('===', b.e, 0), 0), false, [b]);
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
    if (wide && (operation === 'eq' || operation === 'ne')) {
      this.push(this.words.wrap(es.bin('^', a.e, b.e)), true, [a, b]);
      this.compareEqual(operation, this.pop());
    } else if (wide && /^[lg][te]_/.test(operation)) this.compareOrder(operation, a, b);
    else if (/^(eq|ne|[lg][te]_)/.test(operation)) {
      const side = ({ e }: Operand): Expression => (unsigned === 'u' ? this.int('>>>', e, 0) : e);
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

  /** Is a word zero, or not? By its halves, unless a word is to come of it. */
  private compareEqual(operation: 'eq' | 'ne', a: Operand): void {
    this.settle([a]);
    this.keep(a);
    const operator = operation === 'eq' ? '===' : '!==';
    const both = this.int(operator, this.int('|', this.half(0), this.half(1)), 0);
    const test: Expression = {
      type: 'SequenceExpression',
      expressions: [es.assignment(this.word(0), a.e), this.int('|', both, 0)],
    };
    this.push(test, false, [a]).truth = () => {
      const isSet = this.words.isSet(a.e);
      return operation === 'eq' ? this.words.not(isSet) : isSet;
    };
  }

  private compareOrder(operation: string, a: Operand, b: Operand): void {
    this.settle([a, b]);
    this.keep(a);
    this.keep(b);
    // Greater is less with the operands changed, and not less is what is left.
    const isLess = /^(lt|ge)/.test(operation);
    const [x, y] = isLess ? [a.e, b.e] : [b.e, a.e];
    const less = this.words.less(x, y, operation.endsWith('s'));
    const truth = /^.e/.test(operation) ? this.words.not(less) : less;
    this.push(this.low(truth), false, [a, b]).truth = () => truth;
  }

  protected extend(operation: string, operand: Operand): void {
    const { e, wide, truth } = operand;
    const { words } = this;
    if (truth !== undefined) {
      this.push(truth(), true, [operand]);
      return;
    }
    if (wide) {
      const bits = Number(/\d+/.exec(operation)![0]);
      this.push(words.wrap(words.signed(e, bits)), true, [operand]);
      return;
    }
    const number = operation.endsWith('_s') ? e : this.int('>>>', e, 0);
    this.push(words.extended(number, operation), true, [operand]);
  }

  protected rotate(wide: boolean, left: boolean, a: Operand, b: Operand): void {
    this.settle([a, b]);
    this.keep(a);
    const right = wide ? '>>' : '>>>';
    const [up, down]: BinaryOperator[] = left ? ['<<', right] : [right, '<<'];
    if (!wide) {
      this.keep(b);
      const rest = es.bin('-', es.num(32), b.e);
      this.push(es.bin('|', es.bin(up!, a.e, b.e), es.bin(down!, a.e, rest)), false, [a, b]);
      return;
    }
    const constant = constantOf(b.e);
    let n = b.e;
    let rest: Expression;
    if (constant === undefined) {
      const kept = this.push(this.words.amount(n), true, [b]);
      this.keep(kept);
      n = this.pop().e;
      rest = this.words.wrap(es.bin('-', bigint(64n), n));
    } else {
      n = bigint(constant & 63n);
      rest = bigint(64n - (constant & 63n));
    }
    const turned = es.bin(
      '|',
      this.words.wrap(es.bin(up!, a.e, n)),
      this.words.wrap(es.bin(down!, a.e, rest)),
    );
    this.push(this.words.wrap(turned), true, [a, b]);
  }
}
