/**
 * How a function hands out its results: returns, and tail calls. Gets the values or the call, and what callers expect
 * (`Returns`); gives the first result as JavaScript's, the others in the channel's variables, with the bits of floats
 * behind them. Keeps: the channel is set last, behind all that calls or reads it; a tail call that is left
 * pending keeps the values of its moment.
 */
import type { ValType } from '@wasm2js/decoder';
import type { Expression, Statement } from 'estree';
import {
  arrow,
  assign,
  block,
  call,
  declare,
  expr,
  id,
  logic,
  member,
  num,
  ret,
} from '../../estree.js';
import { isNumeric } from '../analyses/floats.js';
import { D, F, Fx, I, type Node, R } from '../ir/ir.js';
import { slotTypes } from '../ir/slots.js';
import { callParts } from './calls.js';
import { nanBits } from './nan-bits.js';
import type { Printer } from './printer.js';

/** How the function hands out its results. */
export interface Returns {
  /** Result types. */
  results: readonly ValType[];
  /** Set the channel to a float result's bits, or to those of a canonical NaN where it is exact. */
  bits: boolean;
  escapes: boolean;
  /** May `callee` leave a tail call pending (it must be bounced)? */
  bounces(call: Node): boolean;
  /** Does the callee of a tail call leave the bits channel as it is? */
  leavesChannel(call: Node): boolean;
}

/** Name of the body of a function that makes tail calls; no function or variable is named so. */
export const tailBodyName = (funcName: string): string => `b${funcName}`;

/** Prints what leaves one function. */
export class ResultPrinter {
  constructor(
    private readonly printer: Printer,
    private readonly returns: Returns,
  ) {}

  /** Appends the statements of a return. */
  return(values: Node[], out: Statement[]): void {
    const { printer } = this;
    if (values.length === 0) {
      out.push(ret(null));
      return;
    }
    const next = { h: 0, d: 0, r: 0 };
    values.forEach((node, i) => {
      if (i === 0) return;
      const cls = node.type === I ? 'h' : node.type === R ? 'r' : 'd';
      const name = printer.ctx.channel(cls, next[cls]++);
      out.push(expr(assign(name, printer.value(node))));
    });
    // The caller tells the engine the type of a result.
    let first = values[0]!.type === I ? printer.result(values[0]!) : printer.value(values[0]!);
    if (this.returns.bits || this.returns.escapes) {
      // What calls or reads the channel comes before the channel is set.
      if ((values[0]!.fx & (Fx.readState | Fx.writeState)) !== 0) {
        const name = printer.temporary(values[0]!.type);
        out.push(expr(assign(name, first)));
        first = id(name);
      }
      for (const node of values)
        if (node.type === F || node.type === D) this.returnBits(node, next, out);
    }
    out.push(ret(first));
  }

  /** Sets the channel to the bits of a float result; they count only for a NaN. */
  private returnBits(node: Node, next: { h: number }, out: Statement[]): void {
    const { printer } = this;
    const put = (value: Expression): void => {
      out.push(expr(assign(printer.ctx.channel('h', next.h++), value)));
    };
    if (isNumeric(node)) {
      for (const word of nanBits(printer, node)) put(word);
      return;
    }
    put(printer.low(node));
    if (node.type === D) put(printer.high(node));
  }

  /** Sets the channel to the bits of canonical NaNs for all float results. */
  private canonicalNans(out: Statement[]): void {
    const { printer, returns } = this;
    const types = slotTypes(returns.results);
    let next = types.filter((type, i) => type === I && i > 0).length;
    for (const type of types)
      for (const word of type === F ? [0x7fc00000] : type === D ? [0, 0x7ff80000] : [])
        out.push(expr(assign(printer.ctx.channel('h', next++), num(word))));
  }

  /**
   * Appends the statements of a tail call.
   * @param late the call must be made behind the handlers around it
   */
  tailCall(e: Node, late: boolean, out: Statement[]): void {
    const { printer, returns } = this;
    const bounces = returns.bounces(e);
    if (!bounces && !late) {
      if (!returns.leavesChannel(e)) {
        out.push(ret(printer.callExpression(e)));
        return;
      }
      const name = printer.temporary(e.type);
      out.push(expr(assign(name, printer.callExpression(e))));
      this.canonicalNans(out);
      out.push(ret(id(name)));
      return;
    }
    // The closure keeps the values of this moment, not the function's variables.
    const { callee, args } = callParts(printer, e);
    const names: [string, Expression][] = [];
    const keep = (value: Expression): Expression => {
      names.push([`y${names.length}`, value]);
      return id(`y${names.length - 1}`);
    };
    const { kind, index } = e.call!;
    const name = kind === 'func' ? printer.ctx.funcName(index) : '';
    const target = kind === 'func' ? id(bounces ? tailBodyName(name) : name) : keep(callee);
    const kept = args.map((arg) => (arg.type === 'Literal' ? arg : keep(arg)));
    const body: Expression = kind === 'func' ? target : logic('??', member(target, 'b'), target);
    const result = call(body, kept);
    let later = arrow(result);
    if (!bounces && returns.leavesChannel(e)) {
      const then: Statement[] = [declare('const', [['z0', result]])];
      this.canonicalNans(then);
      later = arrow(block([...then, ret(id('z0'))]));
    }
    const statements: Statement[] = [];
    if (names.length > 0) statements.push(declare('const', names));
    statements.push(expr(assign(printer.ctx.helper('_tail'), later)), ret(null));
    out.push(block(statements));
  }
}
