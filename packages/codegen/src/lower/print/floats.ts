/**
 * Floats of the intermediate representation as ESTree: as number, or word by word as bits. Gets expressions of the types
 * f32 and f64; what they read that is no float is printed by the class that completes this one (`printer.ts`).
 * Keeps: an f32's number is rounded by every operation that may leave its range, and the bits of a value
 * that was merely moved are read where they are, not off its number.
 */
import type { Expression } from 'estree';
import type { ModuleContext } from '../../context.js';
import { bin, call, cond, id, logic, member, neg, num, path } from '../../estree.js';
import { isNumber } from '../analyses/floats.js';
import { floatValue, isConst } from '../ir/int.js';
import { F, type Node, Op } from '../ir/ir.js';
import { highName, lowName } from '../ir/names.js';
import { isSettledExtreme } from '../passes/extremes.js';
import { FLOAT_BINARY, MATH } from './operators.js';
import { ANY, COND, INT, UINT, type Want } from './wants.js';

/** A printer of floats; the rest of the expressions is printed by what extends it. */
export abstract class FloatPrinter {
  abstract readonly ctx: ModuleContext;

  /** An integer expression, printed for its use. */
  abstract int(node: Node, want: Want): Expression;
  /** A reference. */
  abstract reference(node: Node): Expression;
  /** A call. */
  abstract callExpression(node: Node): Expression;
  /** What an element of an array holds. */
  abstract element(node: Node): Expression;
  protected abstract helperCall(node: Node): Expression;
  protected abstract load(node: Node, method: string, offset: number): Expression;

  /** A float expression as number. */
  float(node: Node): Expression {
    const a = node.a!;
    switch (node.op) {
      case Op.FConst:
        return num(floatValue(node));
      case Op.Get:
        return id(node.v!.name);
      case Op.Name:
        return path(node.name);
      case Op.FAdd:
      case Op.FSub:
      case Op.FMul:
      case Op.FDiv:
        return this.rounded(node, bin(FLOAT_BINARY[node.op]!, this.float(a), this.float(node.b!)));
      case Op.FMin:
      case Op.FMax:
        return this.extreme(node, a, node.b!);
      case Op.FAbs:
      case Op.FCeil:
      case Op.FFloor:
      case Op.FTrunc:
        return call(path(this.ctx.math(MATH[node.op]!)), [this.float(a)]);
      case Op.FNeg:
        return neg(this.float(a));
      case Op.FSqrt:
        return this.rounded(node, call(path(this.ctx.math('sqrt')), [this.float(a)]));
      case Op.FNearest:
        return call(id(this.ctx.helper('_nearest')), [this.float(a)]);
      case Op.FCopysign:
        return call(id(this.ctx.helper('_copysign')), [this.float(a), this.signWord(node.b!)]);
      case Op.Demote:
        return call(path(this.ctx.math('fround')), [this.float(a)]);
      case Op.Promote:
        return this.float(a);
      case Op.ConvertS:
      case Op.ConvertU: {
        const e = this.int(a, node.op === Op.ConvertS ? INT : UINT);
        return this.rounded(node, e);
      }
      case Op.Convert64S:
      case Op.Convert64U: {
        const signed = node.op === Op.Convert64S;
        const b = node.b!;
        if (isConst(b, 0)) return this.rounded(node, this.int(a, UINT));
        if (node.type === F) {
          const name = signed ? '_f32_convert_i64_s' : '_f32_convert_i64_u';
          return call(id(this.ctx.helper(name)), [this.int(a, INT), this.int(b, INT)]);
        }
        const high = bin('*', this.int(b, signed ? INT : UINT), num(4294967296));
        return bin('+', high, this.int(a, UINT));
      }
      case Op.FromBits:
        return node.type === F
          ? call(id(this.ctx.helper('_f32_from_bits')), [this.int(a, ANY)])
          : call(id(this.ctx.helper('_f64_from_bits')), [this.int(a, ANY), this.int(node.b!, ANY)]);
      case Op.Received:
        return this.float(a);
      case Op.Load:
        return this.load(node, node.name, node.n);
      case Op.Field:
        return member(this.reference(a), node.name);
      case Op.Elem:
        return this.element(node);
      case Op.Select:
        return cond(this.int(node.c!, COND), this.float(a), this.float(node.b!));
      case Op.Helper:
        return this.helperCall(node);
      case Op.Call:
        return this.callExpression(node);
      default:
        throw new TypeError(`no float operation ${node.op}`);
    }
  }

  /** Minimum or maximum; where its NaN has to be canonical (`passes/extremes.ts`), of atoms. */
  private extreme(node: Node, a: Node, b: Node): Expression {
    const name = node.op === Op.FMin ? 'min' : 'max';
    const both = call(path(this.ctx.math(name)), [this.float(a), this.float(b)]);
    const open = [a, b].filter((part) => !isNumber(part));
    if (open.length === 0 || !isSettledExtreme(node)) return both;
    const tests = open.map((part) => bin('===', this.float(part), this.float(part)));
    const test = tests.length === 1 ? tests[0]! : logic('&&', tests[0]!, tests[1]!);
    const [first, second] = [this.float(open[0]!), this.float(open.at(-1)!)];
    return cond(test, both, this.rounded(node, bin('+', first, second)));
  }

  private rounded(node: Node, e: Expression): Expression {
    return node.type === F ? call(path(this.ctx.math('fround')), [e]) : e;
  }

  /** A condition as a truth value. */
  condition(node: Node): Expression {
    return this.int(node, COND);
  }

  /** A word whose sign bit is that of the float. */
  signWord(node: Node): Expression {
    return node.type === F ? this.low(node) : this.high(node);
  }

  /** Bits of a float that its number tells: f32's only word, f64's low or high word. */
  private bitsOf(node: Node, high: boolean): Expression {
    const name = node.type === F ? '_f32_bits' : high ? '_f64_high' : '_f64_low';
    return call(id(this.ctx.helper(name)), [this.float(node)]);
  }

  /** The low (f64) or only (f32) word of a float's bits. */
  low(node: Node): Expression {
    return this.word(node, false);
  }

  /** The high word of an f64's bits. */
  high(node: Node): Expression {
    return this.word(node, true);
  }

  protected word(node: Node, high: boolean): Expression {
    const signed = node.type === F || high;
    switch (node.op) {
      case Op.FConst:
        return num(high ? node.m : node.n);
      case Op.Get: {
        const v = node.v!;
        if (v.exact) return this.bitsOf(node, high);
        const bits = id(high ? highName(v) : lowName(v));
        if (!v.lazy) return bits;
        return cond(bin('===', id(v.name), id(v.name)), this.bitsOf(node, high), bits);
      }
      case Op.Load:
        return this.load(node, 'getInt32', high ? node.n + 4 : node.n);
      case Op.Field:
      case Op.Elem: {
        // Only the bits of a NaN are not those of the number.
        const kind = node.op === Op.Field ? 'field' : 'element';
        const name = `_${kind}_${node.type === F ? 'f32' : high ? 'f64h' : 'f64'}`;
        const place = node.op === Op.Field ? num(node.n) : this.int(node.b!, INT);
        return call(id(this.ctx.helper(name)), [this.reference(node.a!), this.float(node), place]);
      }
      case Op.FromBits:
        return this.int(high ? node.b! : node.a!, INT);
      case Op.Select:
        return cond(this.int(node.c!, COND), this.word(node.a!, high), this.word(node.b!, high));
      case Op.Received: {
        const x = this.float(node.a!);
        return cond(
          bin('===', x, x),
          this.bitsOf(node.a!, high),
          this.int(high ? node.c! : node.b!, INT),
        );
      }
      case Op.FNeg:
        return signed
          ? bin('^', this.word(node.a!, high), num(-2147483648))
          : this.word(node.a!, high);
      case Op.FAbs:
        return signed
          ? bin('&', this.word(node.a!, high), num(2147483647))
          : this.word(node.a!, high);
      case Op.FCopysign: {
        const word = this.word(node.a!, high);
        if (!signed) return word;
        const sign = bin('&', this.signWord(node.b!), num(-2147483648));
        return bin('|', bin('&', word, num(2147483647)), sign);
      }
      default:
        return this.bitsOf(node, high);
    }
  }
}
