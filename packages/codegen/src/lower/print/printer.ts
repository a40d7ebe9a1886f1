/**
 * Integers and references of the intermediate representation as ESTree, and accesses to memory (floats: `floats.ts`). An
 * integer is printed for the way it will be used: `INT` a signed 32-bit integer, `UINT` an unsigned one, `ANY` any
 * number that is congruent modulo 2^32 (its user converts with ToInt32), `COND` a truth value. So conversions
 * appear only where the value would be observed without them.
 */

import type { Expression } from 'estree';
import { accessorCall, accessorOf } from '../../accessors.js';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import {
  arrayOf,
  at,
  bin,
  call,
  cond,
  create,
  id,
  inverted,
  isTypeOf,
  logic,
  member,
  not,
  num,
  path,
  rareCall,
} from '../../estree.js';
import { Facts } from '../analyses/nonnegative.js';
import { isNonNegative } from '../ir/int.js';
import { Certain, type Choice, D, F, I, type IrType, type Node, Op, R } from '../ir/ir.js';
import { THROWN } from '../ir/names.js';
import { TRUNCATIONS } from '../ir/truncations.js';
import { callExpression } from './calls.js';
import { FloatPrinter } from './floats.js';
import { BITWISE, FLOAT_COMPARE, SIGNED, UNSIGNED } from './operators.js';
import { shortcutOf } from './shortcuts.js';
import {
  type AddressPrinter,
  bulkMethod,
  lowestFirst,
  plus,
  pointerIndex,
  typedLoad,
} from './typed-memory.js';
import { comparedWords, SIGN, signBit } from './unsigned.js';
import { ANY, COND, INT, UINT, type Want } from './wants.js';

/** So many supertypes of a type are properties of its descriptor (support/types.js). */
const NEAR_TYPES = 8;

/** Helpers that trap. */
const FAILURES = new Set(['_cast_failure']);

/** Prints the expressions of one function, and notes the variables that this takes. */
export class Printer extends FloatPrinter implements AddressPrinter {
  /** Indices of the memories whose views are used. */
  readonly views = new Set<number>();

  /** Memories whose view is used so seldom that each use asks the memory for it. */
  seldom: Set<number> | undefined;

  /** Typed arrays that the function keeps in variables, by their names outside of it. */
  typedViews: ReadonlyMap<string, string> = new Map();

  /** The variables for arrays that are chosen for pointers, by name. */
  readonly choices = new Map<string, Choice>();

  /** A load whose value is in a variable already. */
  loaded: { node: Node; name: string } | undefined;

  /** Extra variables made while printing, with their types. */
  readonly extra = new Map<string, IrType>();

  /** Has the function variables of 64 bits? */
  declare hasWords: boolean | undefined;

  /** Variables known not to be negative at the present point. */
  readonly facts = new Facts();

  constructor(readonly ctx: ModuleContext) {
    super();
  }

  /** Name of the local variable that holds the view of a memory. */
  viewName(memory: number): string {
    return memory === 0 ? 'm' : `m${memory}`;
  }

  /** The view of a memory: in the function's own variable, or asked for. */
  view(memory: number): Expression {
    if (AHEAD && this.seldom?.has(memory) === true) return id(`${this.ctx.memory(memory).name}.v`);
    this.views.add(memory);
    return id(this.viewName(memory));
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

  protected helperCall(node: Node): Expression {
    const inline = this.truncation(node);
    if (inline !== undefined) return inline;
    if (FAILURES.has(node.name)) return rareCall(this.ctx.helper(node.name));
    // What writes words takes any number.
    if (AHEAD && this.ctx.memoryAccessors.has(node.name))
      return call(
        id(node.name),
        node.list!.map((arg) => this.int(arg, ANY)),
      );
    const bulk = AHEAD ? bulkMethod(this, node) : undefined;
    if (bulk !== undefined) return bulk;
    return call(
      id(this.ctx.helper(node.name)),
      node.list!.map((arg) => this.value(arg)),
    );
  }

  /** An integer expression, printed for its use. */
  int(node: Node, want: Want): Expression {
    switch (node.op) {
      case Op.Const:
        if (AHEAD && node.n === SIGN && want !== UINT) return signBit(this.ctx);
        return num(want === UINT ? node.n >>> 0 : node.n);
      case Op.Get:
        return this.typed(id(node.v!.name), want, node);
      case Op.Name:
        return this.typed(this.untyped(path(node.name), want), want, node);
      case Op.Add:
      case Op.Sub:
        return this.sum(node, want);
      case Op.Mul:
        if (
          AHEAD &&
          this.ctx.costs.numberProducts &&
          (isSmallFactor(node.b!) || isCertainlySmall(node))
        ) {
          const product = bin('*', this.int(node.a!, INT), this.int(node.b!, INT));
          return want === ANY && !this.ctx.costs.coercions
            ? product
            : bin(want === UINT ? '>>>' : '|', product, num(0));
        }
        return this.typed(
          call(path(this.ctx.math('imul')), [this.factor(node.a!), this.factor(node.b!)]),
          want,
          node,
        );
      case Op.And:
      case Op.Or:
      case Op.Xor:
      case Op.Shl:
      case Op.ShrS: {
        if (AHEAD && this.ctx.costs.shortcuts) {
          const condition = shortcutOf(node, want === COND, this.ctx.uncheckedMemory);
          if (condition !== undefined) return this.int(condition, want);
        }
        const a = this.int(node.a!, ANY);
        const made =
          node.op === Op.Xor && node.b!.n === -1 && node.b!.op === Op.Const
            ? inverted(a)
            : bin(BITWISE[node.op]!, a, this.int(node.b!, ANY));
        return this.typed(made, want, node);
      }
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
        // What no engine is told the type of is true as it is.
        if (AHEAD && want === COND && !this.ctx.costs.coercions && isNotZero(node))
          return this.int(node.a!, COND);
        return this.truth(
          bin(SIGNED[node.op]!, this.int(node.a!, this.compared(node)), this.int(node.b!, INT)),
          want,
        );
      case Op.LtU:
      case Op.LeU:
      case Op.GtU:
      case Op.GeU:
        return this.truth(this.unsignedComparison(node), want);
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
          false,
        );
      case Op.Clz:
        return this.typed(call(path(this.ctx.math('clz32')), [this.factor(node.a!)]), want, node);
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
      case Op.IsSmall:
        return this.truth(isTypeOf(this.reference(node.a!), 'number'), want);
      case Op.SmallValue:
        return this.typed(this.reference(node.a!), want, node);
      case Op.Whole: {
        // By `| 0` JavaScriptCore would take the product for one of integers, and leave compiled code.
        const word = bin('>>>', this.float(node.a!), num(0));
        return want === INT ? bin('|', word, num(0)) : word;
      }
      case Op.Word: {
        const number = this.float(node.a!);
        return want === ANY ? number : bin(want === UINT ? '>>>' : '|', number, num(0));
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
        if (AHEAD && node.op === Op.PointerIndex) return pointerIndex(this, node);
        if (AHEAD && node.op === Op.IndexSum) return plus(id(node.a!.v!.name), node.n);
        if (AHEAD && node.op === Op.PointerOf)
          return this.typed(bin('<<', id(node.a!.v!.name), num(node.n)), want, node);
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

  private unsignedComparison(node: Node): Expression {
    const made = AHEAD && this.ctx.costs.signedCompares ? comparedWords(this, node) : undefined;
    const [a, b] = made ?? [this.int(node.a!, UINT), this.int(node.b!, UINT)];
    return bin(UNSIGNED[node.op]!, a, b);
  }

  /** An integer that is returned: its user tells engines its type. */
  result(node: Node): Expression {
    return node.op === Op.Call ? this.callExpression(node) : this.int(node, INT);
  }

  /** An integer whose type engines cannot see (a call, a variable outside): they are told. */
  private untyped(e: Expression, want: Want): Expression {
    return want === INT && this.ctx.costs.coercions ? bin('|', e, num(0)) : e;
  }

  /** An argument of a function of `Math`, for which engines note no types as they do for operators. */
  private factor(node: Node): Expression {
    return this.int(node, typedByEngine(node) ? ANY : INT);
  }

  /** Adapts a signed integer to its use. */
  private typed(e: Expression, want: Want, node: Node): Expression {
    if (want === UINT) return isNonNegative(node) ? e : bin('>>>', e, num(0));
    if (want === COND && this.ctx.costs.coercions && !typedByEngine(node))
      return bin('!==', e, num(0));
    return e;
  }

  /** Adapts a truth value to its use. @param boolean is it one of these, not any value that is true? */
  private truth(e: Expression, want: Want, boolean = true): Expression {
    if (want === COND) return e;
    // What converts takes `true` for 1.
    if (AHEAD && boolean && this.ctx.costs.accessors) return want === ANY ? e : bin('|', e, num(0));
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
    const isWord = AHEAD && isCertainlySmall(node);
    const sums = AHEAD && !isWord && !this.ctx.costs.coercions && magnitude(node) <= EXACT;
    const operand = (x: Node): Expression =>
      this.int(x, x.op === Op.Whole ? UINT : AHEAD && sums && isSummand(x.op) ? ANY : INT);
    const a = operand(node.a!);
    const e = flip ? bin('-', a, num(-b.n)) : bin(node.op === Op.Add ? '+' : '-', a, operand(b));
    if (want === ANY || (AHEAD && isWord && (want !== UINT || isNonNegative(node)))) return e;
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
    const accessor = AHEAD ? accessorOf(this.ctx, node.memory, method, offset) : undefined;
    if (AHEAD && accessor !== undefined)
      return accessorCall(accessor, [this.int(node.a!, ANY), value], offset);
    const name = this.ctx.viewMethod(method);
    const callee = methodOf(this.view(node.memory), name);
    const args = [this.address(node.a!, offset, node.memory)];
    this.accessed(node);
    if (value !== null) args.push(value);
    if (!method.endsWith('8')) args.push(lowestFirst(this.ctx));
    return call(callee, args);
  }

  /** A reference that is not null; traps where it is. */
  private nonNull(a: Node): Expression {
    if (a.op === Op.Elem && a.memory === 2) return this.elementWord(a);
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

  protected load(node: Node, method: string, offset: number): Expression {
    if (AHEAD && this.loaded?.node === node) return id(this.loaded.name);
    const typed = AHEAD ? typedLoad(this, node, method, offset) : undefined;
    return typed ?? this.access(node, method, offset, null);
  }
}

/** Methods of the view of a function's first memory: all trees share them. */
const METHODS = AHEAD ? new Map<string, Expression>() : undefined!;

/** A method of a view. */
function methodOf(view: Expression, name: string): Expression {
  if (!AHEAD || view.type !== 'Identifier' || view.name !== 'm') return member(view, name);
  let method = METHODS.get(name);
  if (method === undefined) METHODS.set(name, (method = member(view, name)));
  return method;
}

/** Bits of the integers that numbers tell exactly. */
const EXACT = 52;

/** Is a product with this constant exact as one of numbers? */
const isSmallFactor = (b: Node): boolean => b.op === Op.Const && Math.abs(b.n) < 2 ** 19;

/** Is a sum a word as it is, a product exact as one of numbers? */
const isCertainlySmall = ({ m }: Node): boolean => (m & Certain.small) !== 0;

/** Is something compared with zero, to be another number? */
const isNotZero = ({ op, b }: Node): boolean => op === Op.Ne && b!.op === Op.Const && b!.n === 0;

/** What is added as it is where numbers are: arithmetic, and what is true or not. */
const isSummand = (op: Op): boolean =>
  op === Op.Add ||
  op === Op.Sub ||
  op === Op.Mul ||
  op === Op.Eqz ||
  SIGNED[op] !== undefined ||
  UNSIGNED[op] !== undefined;

/** Bits of an expression whose sums and products by constants are not converted; more than they can have. */
function magnitude(node: Node): number {
  if (node.op === Op.Add || node.op === Op.Sub)
    return Math.max(magnitude(node.a!), magnitude(node.b!)) + 1;
  if (node.op !== Op.Mul) return 32;
  if (!isSmallFactor(node.b!)) return AHEAD && isCertainlySmall(node) ? EXACT + 1 : 32;
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
    case Op.Field:
    case Op.Elem:
    case Op.Entry:
    case Op.SmallValue:
      return false;
    default:
      return true;
  }
}
