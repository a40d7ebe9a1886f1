/**
 * Stores to memory as statements. Gets `Op.Store` nodes, gives a call of the memory's view, or assignments to typed
 * arrays (`typed-memory.ts`). Keeps: address, then value; a store that traps has written nothing; a float that was
 * merely moved is written by its bits, since a NaN's may be lost in its number.
 */
import type { Expression, IfStatement, Statement } from 'estree';
import { wordsAccessor } from '../../accessors.js';
import { AHEAD } from '../../ahead.js';
import { assign, bin, block, call, expr, id, member, num } from '../../estree.js';
import { provesBounds, type Span, spanOf } from '../analyses/elements.js';
import { isExact, isNumeric } from '../analyses/floats.js';
import { isAtom } from '../ir/int.js';
import { D, F, Fx, I, type IrType, type Node, Op, type Variable } from '../ir/ir.js';
import { nanBits } from './nan-bits.js';
import type { Printer } from './printer.js';
import { isPrintedTwice, lowestFirst, outOfBounds, typedStore } from './typed-memory.js';
import { printUpdate } from './updates.js';
import { ANY, INT } from './wants.js';

/** Prints the stores of one function. */
export class StorePrinter {
  /** The last guarded store: the index that it tests and for how much, and what it does on both ways. */
  private guarded:
    | {
        index: Variable;
        span: Span;
        statement: IfStatement;
        fast: Statement[];
        slow: Statement[];
      }
    | undefined;

  constructor(private readonly printer: Printer) {}

  /** Appends the statements of a store. */
  store(e: Node, out: Statement[]): void {
    const { printer } = this;
    const value = e.b!;
    const write = (method: string, offset: number, part: () => Expression): void => {
      const typed = AHEAD ? typedStore(printer, e, method, offset, part) : undefined;
      if (AHEAD && typed !== undefined) this.pushGuarded(e, typed, out);
      else out.push(expr(printer.access(e, method, offset, part())));
    };
    if (e.type === I) {
      const want = printer.ctx.costs.coercions ? INT : ANY;
      if (AHEAD && printUpdate(printer, e, () => printer.int(value, want), out)) return;
      const word = this.twice(e, value, () => printer.int(value, want), out);
      write(e.name, e.n, word);
      return;
    }
    // Of a constant the bits are known here.
    if (isExact(value) ? e.guarded : isNumeric(value) && value.op !== Op.FConst) {
      this.guardedFloat(e, out);
      return;
    }
    if (isExact(value)) {
      if (AHEAD && printUpdate(printer, e, () => printer.float(value), out)) return;
      write(
        e.name,
        e.n,
        this.twice(e, value, () => printer.float(value), out),
      );
      return;
    }
    if (e.type === F) {
      write('setInt32', e.n, () => printer.low(value));
      return;
    }
    const writes = AHEAD ? wordsOf(printer, e, value) : undefined;
    if (AHEAD && writes !== undefined) {
      const { name, args, offsets } = writes;
      out.push(expr(call(id(name), [...args.map((arg) => arg()), ...offsets.map(num)])));
      return;
    }
    // The high word first: where it is in bounds, so is the low one. Nothing is written else.
    let low = printer.low(value);
    if (value.op === Op.Load) {
      const name = this.printer.temporary(I);
      out.push(expr(assign(name, low)));
      low = id(name);
    }
    write('setInt32', e.n + 4, () => printer.high(value));
    write('setInt32', e.n, () => low);
  }

  /** Writes a float whose number is all it needs, unless it is a NaN: then its bits. */
  private guardedFloat(e: Node, out: Statement[]): void {
    const { printer } = this;
    const value = e.b!;
    const keep = (part: Expression, type: IrType): Expression => {
      const name = this.printer.temporary(type);
      out.push(expr(assign(name, part)));
      return id(name);
    };
    const view = printer.view(e.memory);
    const address = printer.address(e.a!, e.n, e.memory);
    const at = isAtom(e.a!) ? address : keep(address, D);
    const x = value.op === Op.Get ? id(value.v!.name) : keep(printer.float(value), e.type);
    const write = (method: string, part: Expression, place = at): Expression =>
      call(member(view, printer.ctx.viewMethod(method)), [place, part, lowestFirst(printer.ctx)]);
    const bits = nanBits(printer, value);
    if (AHEAD && e.type === D && !printer.ctx.shortMethods) {
      // Where the number could be written, its bits can: two words are less text than a helper.
      const words = [
        write('setInt32', bits[0]!),
        write('setInt32', bits[1]!, bin('+', at, num(4))),
      ].map((word) => expr(word));
      const test = bin('!==', x, x);
      out.push(expr(write(e.name, x)), { type: 'IfStatement', test, consequent: block(words) });
    } else
      out.push({
        type: 'IfStatement',
        test: bin('===', x, x),
        consequent: expr(write(e.name, x)),
        alternate: expr(
          e.type === F
            ? write('setInt32', bits[0]!)
            : call(id(printer.ctx.helper('_f64_store')), [view, at, ...bits]),
        ),
      });
    if (e.a!.v !== null && printer.ctx.memory(e.memory).small) printer.facts.add(e.a!.v);
  }

  /** A value that may be printed twice, once for each way of a guarded store. */
  private twice(e: Node, value: Node, print: () => Expression, out: Statement[]): () => Expression {
    if (
      !(AHEAD && isPrintedTwice(this.printer.ctx, e)) ||
      isAtom(value) ||
      ((value.fx & ~Fx.readLocal) === 0 && value.depth <= 1)
    )
      return print;
    const name = this.printer.temporary(e.type);
    const kept = expr(assign(name, print()));
    // What only variables tell is known before the store before as well, which then can share its test.
    if ((value.fx & ~Fx.readLocal) === 0 && this.follows(e, out)) out.splice(-1, 0, kept);
    else out.push(kept);
    return () => id(name);
  }

  /** Is the last statement a guarded store whose test this store can share? */
  private follows({ c }: Node, out: Statement[]): boolean {
    const last = this.guarded;
    return last !== undefined && last.index === c?.v && out[out.length - 1] === last.statement;
  }

  /** Appends a store; one that is guarded as the one before it shares its test. */
  private pushGuarded(e: Node, store: Statement, out: Statement[]): void {
    if (!AHEAD) return;
    const last = this.guarded;
    if (store.type !== 'IfStatement' || !provesBounds(e)) {
      out.push(store);
      return;
    }
    const span = spanOf(e);
    if (last !== undefined && this.follows(e, out)) {
      // Both go the fast way where either could.
      const { least, beyond } = last.span;
      last.span = { least: Math.max(least, span.least), beyond: Math.max(beyond, span.beyond) };
      last.statement.test = outOfBounds(this.printer, e, last.span);
      last.fast.push(store.alternate!);
      last.slow.push(store.consequent);
      last.statement.consequent = block(last.slow);
      last.statement.alternate = block(last.fast);
      return;
    }
    out.push(store);
    const [fast, slow] = [[store.alternate!], [store.consequent]];
    this.guarded = { index: e.c!.v!, span, statement: store, fast, slow };
  }
}

/** The function that writes the 64 bits of a float, where there is one, and what gives its arguments. */
function wordsOf(
  printer: Printer,
  { a, n, memory }: Node,
  value: Node,
): ReturnType<typeof wordsAccessor<() => Expression>> {
  const base = (node: Node) => (): Expression => printer.int(node, ANY);
  const copied = value.op === Op.Load && value.memory === memory;
  return wordsAccessor(
    printer.ctx,
    memory,
    { base: base(a!), offset: n },
    copied
      ? { base: base(value.a!), offset: value.n }
      : [() => printer.low(value), () => printer.high(value)],
  );
}
