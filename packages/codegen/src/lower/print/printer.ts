/**
 * Expressions of the intermediate representation as ESTree. An integer is printed for the way it
 * will be used: `INT` a signed 32-bit integer, `UINT` an unsigned one, `ANY` any number that is
 * congruent modulo 2^32 (its user converts with ToInt32), `COND` a truth value. So conversions
 * appear only where the value would be observed without them.
 */
import type { Expression } from 'estree';
import type { ModuleContext } from '../../context.js';
import {
  arrayOf,
  at,
  bin,
  call,
  cond,
  create,
  id,
  isTypeOf,
  logic,
  member,
  not,
  num,
  path,
  rareCall,
} from '../../estree.js';
import { isNumber } from '../analyses/floats.js';
import { Facts } from '../analyses/nonnegative.js';
import { floatValue, isConst, isNonNegative } from '../ir/int.js';
import { D, F, I, type IrType, type Node, Op, R } from '../ir/ir.js';
import { highName, lowName, THROWN } from '../ir/names.js';
import { TRUNCATIONS } from '../ir/truncations.js';
import { isSettledExtreme } from '../passes/extremes.js';
import { callExpression } from './calls.js';
import { BITWISE, FLOAT_BINARY, FLOAT_COMPARE, MATH, SIGNED, UNSIGNED } from './operators.js';
import { type AddressPrinter, pointerIndex, typedLoad } from './typed-memory.js';
import { ANY, COND, INT, UINT, type Want } from './wants.js';

/** So many supertypes of a type are properties of its descriptor (support/types.js). */
const NEAR_TYPES = 8;

/** Helpers that trap. */
const FAILURES = new Set(['_cast_failure']);

export class Printer implements AddressPrinter {
  /** Indices of the memories whose views are used. */
  readonly views = new Set<number>();

  /** Typed arrays that the function keeps in variables, by their names outside of it. */
  typedViews: ReadonlyMap<string, string> = new Map();

  /** Extra variables made while printing, with their types. */
  readonly extra = new Map<string, IrType>();

  /** Variables known not to be negative at the present point. */
  readonly facts = new Facts();

  constructor(readonly ctx: ModuleContext) {}

  /** Name of the local variable that holds the view of a memory. */
  viewName(memory: number): string {
    return memory === 0 ? 'm' : `m${memory}`;
  }

  /** A typed array over a memory: the function's own variable, or that outside. */
  typedView(memory: number, kind: string): Expression {
    const name = this.ctx.memoryView(memory, kind);
    return id(this.typedViews.get(name) ?? name);
  }

  /** A new variable of the function. */
  temporary(type: IrType): string {
    const name = `x${this.extra.size}`;
    this.extra.set(name, type);
    return name;
  }

  /** Behind an access that did not trap, its base is a valid address. */
  accessed({ a, memory }: Node): void {
    if (a!.v !== null && this.ctx.memory(memory).small) this.facts.add(a!.v);
  }

  /** A truncation of a variable: the range test inline, the helper for what it refuses. */
  private truncation(node: Node): Expression | undefined {
    const range = TRUNCATIONS[node.name];
    const x = node.list![0];
    if (range === undefined || x!.op !== Op.Get) return undefined;
    const name = id(x!.v!.name);
    const test = logic('&&', bin('>', name, num(range[0])), bin('<', name, num(range[1])));
    const refused = call(id(this.ctx.helper(node.name)), [name]);
    return cond(test, bin('|', name, num(0)), refused);
  }

  /** An expression of any type, for a use that takes the exact value. */
  value(node: Node): Expression {
    return node.type === I ? this.int(node, INT) : this.other(node);
  }

  /** A float as number, or a reference. */
  other(node: Node): Expression {
    return node.type === F || node.type === D ? this.float(node) : this.reference(node);
  }

  /** A call. */
  callExpression(node: Node): Expression {
    return callExpression(this, node);
  }

  /** A signed 32-bit integer. */
  signed(node: Node): Expression {
    return this.int(node, INT);
  }

  /** A reference. */
  reference(node: Node): Expression {
    switch (node.op) {
      case Op.Get:
        return id(node.v!.name);
      case Op.Thrown:
        return id(THROWN);
      case Op.Null:
        return { type: 'Literal', value: null, raw: 'null' };
      case Op.Name:
        return path(node.name);
      case Op.Helper:
        return this.helperCall(node);
      case Op.Call:
        return this.callExpression(node);
      case Op.Select:
        return cond(this.int(node.c!, COND), this.reference(node.a!), this.reference(node.b!));
      case Op.Field:
        return member(this.reference(node.a!), node.name);
      case Op.Elem:
        return this.element(node);
      case Op.NonNull:
        return this.nonNull(node.a!);
      case Op.Small:
        return bin('>>', bin('<<', this.int(node.a!, ANY), num(1)), num(1));
      case Op.New:
        return create(
          node.name,
          node.list!.map((arg) => this.value(arg)),
        );
      case Op.List:
        return arrayOf(node.list!.map((arg) => this.value(arg)));
      default:
        throw new TypeError(`no reference operation ${node.op}`);
    }
  }

  private helperCall(node: Node): Expression {
    const inline = this.truncation(node);
    if (inline !== undefined) return inline;
    if (FAILURES.has(node.name)) return rareCall(this.ctx.helper(node.name));
    return call(
      id(this.ctx.helper(node.name)),
      node.list!.map((arg) => this.value(arg)),
    );
  }

  /** An integer expression, printed for its use. */
  int(node: Node, want: Want): Expression {
    switch (node.op) {
      case Op.Const:
        return num(want === UINT ? node.n >>> 0 : node.n);
      case Op.Get:
        return this.typed(id(node.v!.name), want, node);
      case Op.Name:
        return this.typed(this.untyped(path(node.name), want), want, node);
      case Op.Add:
      case Op.Sub:
        return this.sum(node, want);
      case Op.Mul:
        if (this.ctx.costs.numberProducts && isSmallFactor(node.b!)) {
          const product = bin('*', this.int(node.a!, INT), num(node.b!.n));
          return want === ANY ? product : bin(want === UINT ? '>>>' : '|', product, num(0));
        }
        return this.typed(
          call(path(this.ctx.math('imul')), [this.int(node.a!, ANY), this.int(node.b!, ANY)]),
          want,
          node,
        );
      case Op.And:
      case Op.Or:
      case Op.Xor:
      case Op.Shl:
      case Op.ShrS:
        return this.typed(
          bin(BITWISE[node.op]!, this.int(node.a!, ANY), this.int(node.b!, ANY)),
          want,
          node,
        );
      case Op.ShrU: {
        const shifted = bin('>>>', this.int(node.a!, ANY), this.int(node.b!, ANY));
        return want === INT && !isNonNegative(node) ? bin('|', shifted, num(0)) : shifted;
      }
      case Op.DivS:
      case Op.DivU:
      case Op.RemS:
      case Op.RemU:
        return this.division(node, want);
      case Op.Eq:
      case Op.Ne:
      case Op.LtS:
      case Op.LeS:
      case Op.GtS:
      case Op.GeS:
        return this.truth(
          bin(SIGNED[node.op]!, this.int(node.a!, this.compared(node)), this.int(node.b!, INT)),
          want,
        );
      case Op.LtU:
      case Op.LeU:
      case Op.GtU:
      case Op.GeU:
        return this.truth(
          bin(UNSIGNED[node.op]!, this.int(node.a!, UINT), this.int(node.b!, UINT)),
          want,
        );
      case Op.Eqz:
        return this.truth(
          !this.ctx.costs.coercions || typedByEngine(node.a!)
            ? not(this.int(node.a!, COND))
            : bin('===', this.int(node.a!, this.compared(node)), num(0)),
          want,
        );
      case Op.LAnd:
      case Op.LOr:
        return this.truth(
          logic(
            node.op === Op.LAnd ? '&&' : '||',
            this.int(node.a!, COND),
            this.facts.scope(() => this.int(node.b!, COND)),
          ),
          want,
        );
      case Op.Clz:
        return this.typed(call(path(this.ctx.math('clz32')), [this.int(node.a!, ANY)]), want, node);
      case Op.Extend8:
      case Op.Extend16: {
        const bits = num(node.op === Op.Extend8 ? 24 : 16);
        return this.typed(bin('>>', bin('<<', this.int(node.a!, ANY), bits), bits), want, node);
      }
      case Op.Select: {
        const inner = want === ANY ? INT : want;
        return cond(
          this.int(node.c!, COND),
          this.facts.scope(() => this.int(node.a!, inner)),
          this.facts.scope(() => this.int(node.b!, inner)),
        );
      }
      case Op.FEq:
      case Op.FNe:
      case Op.FLt:
      case Op.FLe:
      case Op.FGt:
      case Op.FGe:
        return this.truth(
          bin(FLOAT_COMPARE[node.op]!, this.float(node.a!), this.float(node.b!)),
          want,
        );
      case Op.IsNull:
        return this.truth(bin('===', this.reference(node.a!), id('null')), want);
      case Op.RefEq:
        return this.truth(bin('===', this.reference(node.a!), this.reference(node.b!)), want);
      case Op.Field:
        return this.typed(
          this.untyped(member(this.reference(node.a!), node.name), want),
          want,
          node,
        );
      case Op.Elem:
        return this.typed(this.untyped(this.element(node), want), want, node);
      case Op.Entry:
        return this.typed(at(id(node.name), this.int(node.a!, INT)), want, node);
      case Op.HasType: {
        const type = member(this.reference(node.a!), 'y');
        const near = node.n < NEAR_TYPES;
        const above = near ? member(type, `d${node.n}`) : at(member(type, 'd'), num(node.n));
        const found = node.n < 0 ? type : above;
        return this.truth(bin('===', found, id(node.name)), want);
      }
      case Op.PointerIndex:
        return pointerIndex(this, node);
      case Op.IsSmall:
        return this.truth(isTypeOf(this.reference(node.a!), 'number'), want);
      case Op.SmallValue:
        return this.typed(this.reference(node.a!), want, node);
      case Op.Whole: {
        // By `| 0` JavaScriptCore would take the product for one of integers, and leave compiled code.
        const word = bin('>>>', this.float(node.a!), num(0));
        return want === INT ? bin('|', word, num(0)) : word;
      }
      case Op.BitsLo:
        return this.typed(this.low(node.a!), want, node);
      case Op.BitsHi:
        return this.typed(this.high(node.a!), want, node);
      case Op.Load:
        return this.typed(this.load(node, node.name, node.n), want, node);
      case Op.Helper:
        return this.typed(this.helperCall(node), want, node);
      case Op.Call:
        return this.typed(this.untyped(this.callExpression(node), want), want, node);
      default:
        throw new TypeError(`no integer operation ${node.op}`);
    }
  }

  /**
   * How the first operand of a comparison is printed. What comes from outside is a signed integer
   * already; where it is tested for equality with a constant, the test itself tells engines so.
   */
  private compared({ op, a, b }: Node): Want {
    const equality = op === Op.Eqz || ((op === Op.Eq || op === Op.Ne) && b!.op === Op.Const);
    return equality && (a!.op === Op.Name || a!.op === Op.Call) ? ANY : INT;
  }

  /** An integer that is returned: its user tells engines its type. */
  result(node: Node): Expression {
    return node.op === Op.Call ? this.callExpression(node) : this.int(node, INT);
  }

  /** An integer whose type engines cannot see (a call, a variable outside): they are told. */
  private untyped(e: Expression, want: Want): Expression {
    return want === INT && this.ctx.costs.coercions ? bin('|', e, num(0)) : e;
  }

  /** Adapts a signed integer to its use. */
  private typed(e: Expression, want: Want, node: Node): Expression {
    if (want === UINT) return isNonNegative(node) ? e : bin('>>>', e, num(0));
    if (want === COND && this.ctx.costs.coercions && !typedByEngine(node))
      return bin('!==', e, num(0));
    return e;
  }

  /** Adapts a truth value to its use. */
  private truth(e: Expression, want: Want): Expression {
    if (want === COND) return e;
    return this.ctx.costs.coercions ? bin('|', e, num(0)) : cond(e, num(1), num(0));
  }

  /**
   * A sum. Its operands are converted one by one: a chain without conversions is as fast on V8 and
   * slower on JavaScriptCore.
   */
  private sum(node: Node, want: Want): Expression {
    const b = node.b!;
    // x + -5 reads x - 5.
    const flip = node.op === Op.Add && b.op === Op.Const && b.n < 0 && b.n !== -2147483648;
    // A word that comes unsigned stays so.
    const sums = !this.ctx.costs.coercions && magnitude(node) <= EXACT;
    const operand = (x: Node): Expression =>
      this.int(x, x.op === Op.Whole ? UINT : sums && isArithmetic(x.op) ? ANY : INT);
    const a = operand(node.a!);
    const e = flip ? bin('-', a, num(-b.n)) : bin(node.op === Op.Add ? '+' : '-', a, operand(b));
    if (want === ANY) return e;
    return bin(want === UINT ? '>>>' : '|', e, num(0));
  }

  private division(node: Node, want: Want): Expression {
    const { op } = node;
    const a = node.a!;
    const b = node.b!;
    const signed = op === Op.DivS || op === Op.RemS;
    const safe = b.op === Op.Const && b.n !== 0 && !(op === Op.DivS && b.n === -1);
    if (!safe) {
      const name = { [Op.DivS]: '_i32_div_s', [Op.DivU]: '_i32_div_u', [Op.RemS]: '_i32_rem_s' }[
        op as Op.DivS
      ];
      const helper = id(this.ctx.helper(name ?? '_i32_rem_u'));
      return this.typed(call(helper, [this.int(a, INT), this.int(b, INT)]), want, node);
    }
    const kind = signed ? INT : UINT;
    const operator = op === Op.DivS || op === Op.DivU ? '/' : '%';
    const e = bin(operator, this.int(a, kind), this.int(b, kind));
    if (want === ANY && operator === '%') return e;
    return bin(want === UINT ? '>>>' : '|', e, num(0));
  }

  /**
   * The effective address of a load or store, as an exact number. Where the memory never passes
   * 2 GiB, an address that is negative as a signed integer traps by itself; only the sum with an
   * offset must not wrap back into bounds, which it cannot once the base is known not to be negative.
   */
  address(a: Node, offset: number, memory: number): Expression {
    if (a.op === Op.Const) return num((a.n >>> 0) + offset);
    if (this.ctx.memory(memory).small) {
      if (offset === 0) return this.int(a, INT);
      if (offset < 2147483648 && (isNonNegative(a) || (a.v !== null && this.facts.has(a.v))))
        return bin('|', bin('+', this.int(a, INT), num(offset)), num(0));
    }
    const base = this.int(a, UINT);
    return offset === 0 ? base : bin('+', base, num(offset));
  }

  /** A call of a method of the memory's view. */
  access(node: Node, method: string, offset: number, value: Expression | null): Expression {
    this.views.add(node.memory);
    const args = [this.address(node.a!, offset, node.memory)];
    this.accessed(node);
    if (value !== null) args.push(value);
    // Little-endian: `1` is as good as `true`, and shorter.
    if (!method.endsWith('8')) args.push(num(1));
    const name = this.ctx.viewMethod(method);
    return call(member(id(this.viewName(node.memory)), name), args);
  }

  /** A reference that is not null; traps where it is. */
  private nonNull(a: Node): Expression {
    if (a.op !== Op.Elem || a.memory !== 0)
      return logic('??', this.reference(a), rareCall(this.ctx.helper('_null_reference')));
    const place = [this.reference(a.a!), this.int(a.b!, INT)];
    return logic('??', this.elementWord(a), rareCall(this.ctx.helper('_no_element'), place));
  }

  /** What an element of an array holds: the word that the node names. Traps where the index is out of bounds. */
  element(node: Node): Expression {
    if (node.memory !== 0) return this.elementWord(node);
    // Past the end of the storage there is nothing, and engines test that anyway.
    const outside = rareCall(this.ctx.helper('_array_bounds'));
    const found = this.elementWord(node, true);
    if (node.type !== R) return logic('??', found, outside);
    return cond(bin('===', found, id('undefined')), outside, this.elementWord(node));
  }

  /**
   * The place of an element's word in the storage of its array.
   * @param open the index may be out of bounds: the place must be, too
   */
  elementWord(node: Node, open = false): Expression {
    const storage = member(this.reference(node.a!), 'v');
    const { m: words, n: word } = node;
    const index = this.int(node.b!, INT);
    if (words === 1) return at(storage, index);
    // A product is exact where a shift would wrap.
    if (open) return at(storage, bin('*', index, num(words)));
    const first = bin('<<', index, num(words === 2 ? 1 : 2));
    return at(storage, word === 0 ? first : bin('|', first, num(word)));
  }

  private load(node: Node, method: string, offset: number): Expression {
    return typedLoad(this, node, method, offset) ?? this.access(node, method, offset, null);
  }

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
        return { type: 'UnaryExpression', operator: '-', prefix: true, argument: this.float(a) };
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

/** Bits of the integers that numbers tell exactly. */
const EXACT = 52;

/** Is a product with this constant exact as one of numbers? */
const isSmallFactor = (b: Node): boolean => b.op === Op.Const && Math.abs(b.n) < 2 ** 19;

const isArithmetic = (op: Op): boolean => op === Op.Add || op === Op.Sub || op === Op.Mul;

/** Bits of an expression whose sums and products by constants are not converted; more than they can have. */
function magnitude(node: Node): number {
  if (node.op === Op.Add || node.op === Op.Sub)
    return Math.max(magnitude(node.a!), magnitude(node.b!)) + 1;
  if (node.op !== Op.Mul || !isSmallFactor(node.b!)) return 32;
  return 32 + 32 - Math.clz32(Math.abs(node.b!.n));
}

/** Does the engine know the expression to be a number, so that its truth is cheap to test? */
function typedByEngine(node: Node): boolean {
  switch (node.op) {
    case Op.Get:
    case Op.Name:
    case Op.Call:
    case Op.Helper:
    case Op.Select:
      return false;
    default:
      return true;
  }
}
