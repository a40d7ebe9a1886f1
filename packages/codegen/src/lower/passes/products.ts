/**
 * Makes sums of 64-bit products (`ir/sums.ts`) operations on words and numbers. It gets them when all is known of their
 * operands; behind it there is none. What a sum needs is computed before the first statement that reads one of its words.
 *
 * Two products and more are summed as numbers. Where there is a JIT, integers make the low word, and the sum of rounded
 * products is near enough to tell the high one. Where calls cost more than operators, the sum is exact: with one factor
 * split into half words every partial product is below 2^48, and numbers hold integers up to 2^53. It is then
 * A * 2^16 + B. One product is made of half words by integers, unless
 * a function has many such sums.
 */
import { AHEAD } from '../../ahead.js';
import {
  add,
  and,
  constant,
  copyOf,
  f64Const,
  floatOp,
  isConst,
  isNonNegative,
  mul,
  rebuild,
  shl,
  shrS,
  shrU,
  sub,
  width,
} from '../ir/int.js';
import { addHigh, type Keeper, mulHigh, mulHighNumber, subHigh } from '../ir/int64.js';
import { D, get, I, type IrType, type Node, Op, type Stmt, setStmt, Variable } from '../ir/ir.js';
import { isProduct, isSignExtended, Term } from '../ir/sums.js';
import { eachList, eachListInside, eachStatement } from '../ir/traverse.js';
import { type Double, doubledVariables, extendedVariables } from './product-variables.js';

/** Magnitudes up to which sums are told exactly with their fraction: where nothing is negative, and else. */
const UNSIGNED_LIMIT = 2 ** 53 - 2 ** 33;
const SIGNED_LIMIT = 2 ** 51 - 2 ** 33;
/** What makes A / 2^16 and its rest / 2^32 positive, so that they are rounded down. */
const BIAS_A = 2 ** 36;
const BIAS_B = 2 ** 20;

/**
 * What makes a high word positive, so that it is rounded to the nearest by leaving its fraction away; no part of a word.
 * Sums of `MAX_TERMS` products are below 2^68, and wrong by less than 2^18.
 */
const BIAS = 2 ** 40;

/** From so many products on, numbers are cheaper than integers. */
const MANY = 2;

/** From so many terms on, a sum without products is one of numbers. */
const FEW = 4;

/**
 * From so many sums of one product on, a function has them as numbers, whatever the hosts: they are half the text and,
 * while it is not compiled, half the time, and nothing in them is a sum of words whose first overflow makes V8 throw its
 * code away. Fewer are as a rule a chain in which each waits for the one before, and integers are there sooner.
 */
const LONG = 16;

/** A factor or number: its words, and how the low one is read. */
interface Factor {
  lo: Node;
  hi: Node;
  /** Is the low word, read as a signed one, all of it? Else it is read as unsigned, and the high one counts as well. */
  signed: boolean;
  /** Bits of the low word's magnitude. */
  bits: number;
}

interface TermPlan {
  less: boolean;
  a: Factor;
  /** The other factor of a product. */
  b: Factor | undefined;
}

/** What a variable is split into where it is assigned. */
type Derivation = 'low' | 'signedHigh' | 'unsignedHigh' | 'number';

/** What makes a sum of numbers: partial products that are exact, products that are rounded, or no products. */
type Way = 'exact' | 'rounded' | 'plain';

/** How a sum is made, once it is known. */
interface Made {
  low: () => Node;
  high: () => Node;
  /** The list that it was made in. */
  place: Stmt[];
}

/**
 * Makes all sums of a function, in place.
 * @param body its statements
 * @param variables all its variables; new ones are appended
 * @param numberProducts do numbers make single products, too? Without a JIT, calls cost more than operators
 */
export function makeProducts(body: Stmt[], variables: Variable[], numberProducts: boolean): void {
  new Maker(body, variables, numberProducts).run();
}

class Maker {
  private count = 0;
  /** The low halves of variables whose high half is always their sign, by the high ones; found when it is asked for. */
  private extended: Map<Variable, Variable> | undefined;
  /** The terms of sums by number. */
  private readonly plans = new Map<number, TermPlan[]>();
  /** Do numbers make sums of one product? */
  private sumsSingle: boolean;
  /** Those whose high word is read; those that numbers make. */
  private readonly highs = new Set<number>();
  private readonly ways = new Map<number, Way>();
  /** Pairs that are twice a word, by their low variables. */
  private doubles = new Map<Variable, Double>();
  /** The statements that have sums, in the order of the text, and how many of them have been rewritten. */
  private readonly having: Stmt[] = [];
  private done = 0;
  private readonly uses = new Map<Variable, number>();
  private readonly made = new Map<number, Made>();
  private readonly derived = new Map<Variable, Map<Derivation, Variable>>();
  private readonly derivations = new Map<Variable, Map<Derivation, number>>();
  /** The numbers of `doubles`. */
  private readonly twice = new Map<Variable, Variable>();
  private readonly before = new Map<Stmt, Stmt[]>();
  private readonly after = new Map<Stmt, Stmt[]>();
  /** What comes before all other statements. */
  private readonly first: Stmt[] = [];
  /** The lists that are open at present, and where what is made now goes. */
  private readonly open: Stmt[][] = [];
  private out: Stmt[] = [];

  constructor(
    private readonly body: Stmt[],
    private readonly variables: Variable[],
    private readonly numberProducts: boolean,
  ) {
    this.sumsSingle = numberProducts;
  }

  run(): void {
    eachStatement(this.body, (stmt) => {
      let has = stmt.e !== null && this.collect(stmt.e);
      if (stmt.values !== null) for (const node of stmt.values) has = this.collect(node) || has;
      if (has) this.having.push(stmt);
    });
    const single = [...this.plans].filter(([number, terms]) => this.isSingle(number, terms));
    this.sumsSingle ||= single.length >= LONG;
    const summed = [...this.plans].filter(([number, terms]) => this.isSummed(number, terms));
    if (summed.length > 0) this.doubles = doubledVariables(this.body);
    for (const [, terms] of summed)
      for (const { a, b } of terms) if (b !== undefined) this.countUses(a, b);
    for (const [number, terms] of summed) {
      if (AHEAD && this.numberProducts && hasMany(terms)) this.planSplits(terms);
      const exact = AHEAD && this.numberProducts && hasMany(terms) && isExact(terms);
      if (!exact) this.planNumbers(terms);
      const rounded = terms.some(({ b }) => b !== undefined) ? 'rounded' : 'plain';
      this.ways.set(number, exact ? 'exact' : rounded);
    }
    this.list(this.body);
    this.body.unshift(...this.first);
    if (this.before.size + this.after.size > 0)
      eachListInside(this.body, (list) => this.insert(list));
  }

  private variable(type: IrType, stable = true, zeroed = false): Variable {
    const v = new Variable(`product${this.count++}`, type, stable, zeroed);
    this.variables.push(v);
    return v;
  }

  /** Puts a value into a variable before the present statement. */
  private keep(node: Node, pinned = false): Node {
    if (node.op === Op.Const || node.op === Op.Get) return node;
    const v = this.variable(node.type);
    v.pinned = pinned;
    this.out.push(setStmt(v, node));
    return get(v);
  }

  // What sums there are, and how they are made.

  /** @returns is there a sum in the expression? */
  private collect(node: Node): boolean {
    if (node.op === Op.SumLow || node.op === Op.SumHigh) {
      if (node.op === Op.SumHigh) this.highs.add(node.n);
      if (!this.plans.has(node.n)) this.plans.set(node.n, this.terms(node));
      return true;
    }
    let has = node.a !== null && this.collect(node.a);
    if (node.b !== null && this.collect(node.b)) has = true;
    if (node.c !== null && this.collect(node.c)) has = true;
    if (node.list !== null) for (const part of node.list) has = this.collect(part) || has;
    return has;
  }

  private terms({ name, list }: Node): TermPlan[] {
    let at = 0;
    const factor = (): Factor => this.factor(list![at++]!, list![at++]!);
    return [...name].map((kind) => ({
      less: kind === Term.lessProduct || kind === Term.lessPlain,
      a: factor(),
      b: isProduct(kind) ? factor() : undefined,
    }));
  }

  private factor(lo: Node, hi: Node): Factor {
    if (isConst(hi, 0)) return { lo, hi, signed: isNonNegative(lo), bits: width(lo) };
    const signed = isSignExtended(lo, hi) || this.isExtended(lo, hi);
    const magnitude = lo.op === Op.Const ? 32 - Math.clz32(Math.abs(lo.n)) : 31;
    return { lo, hi, signed, bits: signed ? magnitude : 32 };
  }

  private isExtended(lo: Node, hi: Node): boolean {
    if (lo.op !== Op.Get || hi.op !== Op.Get) return false;
    this.extended ??= extendedVariables(this.body);
    return this.extended.get(hi.v!) === lo.v;
  }

  /**
   * Are numbers to make this sum? Where calls cost more than operators they also do for one product of large words and
   * what is added to it, and for four terms without a product: a carry is more operators than a conversion.
   */
  private isSummed(number: number, terms: TermPlan[]): boolean {
    if (!this.highs.has(number)) return false;
    if (hasMany(terms)) return true;
    if (terms.every(({ b }) => b === undefined))
      return AHEAD && this.numberProducts && terms.length >= FEW;
    return this.sumsSingle && this.isSingle(number, terms);
  }

  /** Is it the sum of one product of large words and something else, and wanted whole? */
  private isSingle(number: number, terms: TermPlan[]): boolean {
    if (!this.highs.has(number) || terms.length < 2 || hasMany(terms)) return false;
    return terms.some(({ a, b }) => b !== undefined && isLarge(a) && isLarge(b));
  }

  private countUses(a: Factor, b: Factor): void {
    for (const { lo } of [a, b])
      if (lo.v !== null) this.uses.set(lo.v, (this.uses.get(lo.v) ?? 0) + 1);
  }

  /** Chooses the factor of each product that is split: constants, what is small or split already, what is used most. */
  private planSplits(terms: TermPlan[]): void {
    const rank = ({ lo, bits }: Factor): number => {
      if (bits <= 16) return Infinity;
      if (lo.op === Op.Const) return 2 ** 30;
      return (
        (this.derivations.get(lo.v!)?.has('low') === true ? 2 ** 20 : 0) +
        (this.uses.get(lo.v!) ?? 0)
      );
    };
    for (const term of terms) {
      const { a, b } = term;
      if (b === undefined || !(rank(a) > rank(b))) continue;
      term.a = b;
      term.b = a;
    }
    for (const { a, b } of terms) {
      if (!a.signed) this.note(a.lo, 'number');
      if (b === undefined) continue;
      if (b.bits <= 16) {
        if (!b.signed) this.note(b.lo, 'number');
        continue;
      }
      this.note(b.lo, 'low');
      this.note(b.lo, b.signed ? 'signedHigh' : 'unsignedHigh');
    }
  }

  /** Notes the numbers of factors that are read as unsigned. */
  private planNumbers(terms: TermPlan[]): void {
    for (const { a, b } of terms)
      for (const factor of [a, b])
        if (factor !== undefined && !factor.signed) this.note(factor.lo, 'number');
  }

  private note(lo: Node, kind: Derivation): void {
    if (lo.v === null) return;
    let known = this.derivations.get(lo.v);
    if (known === undefined) this.derivations.set(lo.v, (known = new Map()));
    known.set(kind, (known.get(kind) ?? 0) + 1);
  }

  /** What is derived of a word: made where a variable is assigned, if it is needed more than once. */
  private derive(lo: Node, kind: Derivation): Node {
    const v = lo.v;
    const make = (): Node => derivation(lo, kind);
    const isParameter = v !== null && v.param >= 0;
    if (v === null || v.sets.length !== (isParameter ? 0 : 1)) return make();
    if ((this.derivations.get(v)?.get(kind) ?? 0) < 2) return make();
    let known = this.derived.get(v);
    if (known === undefined) this.derived.set(v, (known = new Map()));
    let variable = known.get(kind);
    if (variable === undefined) {
      variable = this.variable(kind === 'number' ? D : I, v.stable, v.zeroed);
      known.set(kind, variable);
      const made = setStmt(variable, derivation(get(v), kind));
      if (isParameter) this.first.push(made);
      else this.putAfter(v.sets[0]!, made);
    }
    return get(variable);
  }

  private putAfter(stmt: Stmt, made: Stmt): void {
    const behind = this.after.get(stmt) ?? [];
    behind.push(made);
    this.after.set(stmt, behind);
  }

  // Rewriting.

  private readonly inside = (list: Stmt[]): void => this.list(list);

  private list(body: Stmt[]): void {
    // Behind the last one there is nothing to do.
    if (this.done === this.having.length) return;
    this.open.push(body);
    for (const stmt of body) {
      if (stmt === this.having[this.done]) this.statement(stmt);
      eachList(stmt, this.inside);
    }
    this.open.pop();
  }

  private statement(stmt: Stmt): void {
    this.done++;
    this.out = [];
    const { out } = this;
    if (stmt.e !== null) stmt.e = this.replace(stmt.e);
    if (stmt.values !== null) stmt.values = stmt.values.map((node) => this.replace(node));
    if (out.length > 0) this.before.set(stmt, out);
  }

  private insert(list: Stmt[]): void {
    if (!list.some((stmt) => this.before.has(stmt) || this.after.has(stmt))) return;
    const all = list.flatMap((stmt) => [
      ...(this.before.get(stmt) ?? []),
      stmt,
      ...(this.after.get(stmt) ?? []),
    ]);
    list.length = 0;
    for (const stmt of all) list.push(stmt);
  }

  private replace(node: Node): Node {
    if (node.op === Op.SumLow || node.op === Op.SumHigh) return this.sum(node);
    if (node.list !== null) node.list = node.list.map((part) => this.replace(part));
    const a = node.a === null ? null : this.replace(node.a);
    const b = node.b === null ? null : this.replace(node.b);
    const c = node.c === null ? null : this.replace(node.c);
    if (a === node.a && b === node.b && c === node.c) return node;
    const { list } = node;
    const built = rebuild(node, a, b, c);
    if (list !== null) built.list = list;
    return built;
  }

  private sum(node: Node): Node {
    let made = this.made.get(node.n);
    if (made === undefined || !this.open.includes(made.place)) {
      const terms = this.plans.get(node.n)!;
      const words = this.words(node.n, terms);
      made = { ...words, place: this.open[this.open.length - 1]! };
      this.made.set(node.n, made);
    }
    return node.op === Op.SumLow ? made.low() : made.high();
  }

  private words(number: number, terms: TermPlan[]): Omit<Made, 'place'> {
    const way = this.ways.get(number);
    if (way === undefined) return this.integers(terms, AHEAD && this.highs.has(number));
    return AHEAD && way === 'exact' ? this.exactNumbers(terms) : this.rounded(terms);
  }

  /** A sum of rounded products: the low word, which integers make, tells how far it is from a multiple of 2^32. */
  private rounded(terms: TermPlan[]): Omit<Made, 'place'> {
    let low: Node = constant(0);
    let rest: Node = constant(0);
    let sum: Node | undefined;
    for (const { less, a, b } of terms) {
      const join = less ? sub : add;
      let number = this.whole(a);
      let word = copyOf(a.lo);
      if (!this.isWhole(a)) rest = join(rest, b === undefined ? a.hi : mul(a.hi, b.lo));
      if (b !== undefined) {
        if (!this.isWhole(b)) rest = join(rest, mul(b.hi, a.lo));
        number = floatOp(Op.FMul, D, number, this.whole(b));
        word = mul(word, copyOf(b.lo));
      }
      low = join(low, word);
      sum = joined(sum, less, number);
    }
    const number = this.keep(sum!);
    const kept = this.keep(rest);
    const bias = isPositive(terms) ? 0 : BIAS;
    if (terms.every(({ b }) => b === undefined)) {
      // The sum is exact: less its low word it is a multiple of 2^32; so is what is left without the fraction.
      const lowWord = this.keep(wordOf(copyOf(number)));
      const multiple = (): Node =>
        floatOp(Op.FSub, D, copyOf(number), floatOp(Op.ConvertU, D, copyOf(lowWord)));
      return {
        low: () => copyOf(lowWord),
        high: () =>
          add(wordOf(times(bias === 0 ? copyOf(number) : multiple(), 2 ** -32)), copyOf(kept)),
      };
    }
    const word = this.keep(low);
    return {
      low: () => copyOf(word),
      high: () => {
        const multiple = floatOp(Op.FSub, D, copyOf(number), floatOp(Op.ConvertU, D, copyOf(word)));
        const high = floatOp(Op.FAdd, D, times(multiple, 2 ** -32), f64Const(bias + 0.5));
        return add(wordOf(high), copyOf(kept));
      },
    };
  }

  /** A sum word by word, with carries. */
  private integers(terms: TermPlan[], needHigh: boolean): Omit<Made, 'place'> {
    const keeper: Keeper = {
      word: (node) => this.keep(node),
      number: (node) => this.keep(node, true),
    };
    let low: Node | undefined;
    let high: Node = constant(0);
    for (const { less, a, b } of terms) {
      let lo = a.lo;
      let hi = a.hi;
      if (b !== undefined) {
        const x = this.keep(a.lo);
        const y = this.keep(b.lo);
        // Before the low word, which then can take the place of a factor.
        const early =
          AHEAD && needHigh && x.op === Op.Get && y.op === Op.Get && !this.numberProducts;
        lo = early ? mul(x, y) : this.keep(mul(x, y));
        if (AHEAD && this.numberProducts && a.signed && b.signed && a.bits + b.bits > 32)
          hi = mulHighNumber(this.number(a), this.number(b), lo, true);
        else {
          hi =
            AHEAD && this.numberProducts && isLarge(a) && isLarge(b)
              ? mulHighNumber(this.number(a, false), this.number(b, false), lo, false)
              : mulHigh(x, y, lo, keeper);
          hi = crossProduct(crossProduct(hi, b, x), a, y);
        }
        if (early) {
          hi = this.keep(hi, true);
          lo = this.keep(lo);
        }
      }
      if (low === undefined && !less) {
        low = lo;
        high = hi;
        continue;
      }
      const before: Node = low ?? constant(0);
      lo = this.keep(lo);
      low = this.keep((less ? sub : add)(before, lo));
      high = less ? subHigh(before, high, lo, hi) : addHigh(low, before, high, lo, hi);
    }
    const result = high;
    let used = false;
    return {
      low: () => copyOf(low!),
      high: () => {
        const node = used ? copyOf(result) : result;
        used = true;
        return node;
      },
    };
  }

  /** A sum as A * 2^16 + B. */
  private exactNumbers(terms: TermPlan[]): Omit<Made, 'place'> {
    let large: Node | undefined;
    let small: Node | undefined;
    let rest: Node = constant(0);
    const also = (less: boolean, node: Node): void => {
      rest = (less ? sub : add)(rest, node);
    };
    for (const { less, a, b } of terms) {
      if (b === undefined) {
        small = joined(small, less, this.number(a));
        if (!a.signed) also(less, a.hi);
        continue;
      }
      if (!a.signed) also(less, mul(a.hi, b.lo));
      if (!b.signed) also(less, mul(b.hi, a.lo));
      const whole = this.number(a);
      if (b.bits <= 16) {
        small = joined(small, less, floatOp(Op.FMul, D, whole, this.number(b)));
        continue;
      }
      const half = (kind: Derivation): Node =>
        floatOp(Op.FMul, D, copyOf(whole), floatOp(Op.ConvertS, D, this.derive(b.lo, kind)));
      small = joined(small, less, half('low'));
      large = joined(large, less, half(b.signed ? 'signedHigh' : 'unsignedHigh'));
    }
    const positive = isPositive(terms);
    const low = this.keep(small!);
    const high = large === undefined ? undefined : this.keep(large);
    const kept = this.keep(rest);
    const floor = (node: Node, bias: number): Node =>
      wordOf(positive ? node : floatOp(Op.FAdd, D, node, f64Const(bias)));
    return {
      low: () =>
        high === undefined
          ? wordOf(copyOf(low))
          : add(shl(wordOf(copyOf(high)), constant(16)), wordOf(copyOf(low))),
      high: () => {
        let below = copyOf(low);
        if (high !== undefined) {
          const part = floatOp(Op.ConvertS, D, and(wordOf(copyOf(high)), constant(65535)));
          below = floatOp(Op.FAdd, D, times(part, 65536), below);
        }
        let result = floor(times(below, 2 ** -32), BIAS_B);
        if (high !== undefined) result = add(floor(times(copyOf(high), 2 ** -16), BIAS_A), result);
        if (!positive) result = sub(result, constant(BIAS_B));
        return add(result, copyOf(kept));
      },
    };
  }

  /** Does `whole` tell all of the factor? Else the high word counts as well. */
  private isWhole({ lo, hi, signed }: Factor): boolean {
    return signed || (lo.v !== null && hi.v !== null && this.doubles.get(lo.v)?.high === hi.v);
  }

  /** The number of a factor, or of its low word. */
  private whole(factor: Factor): Node {
    if (factor.signed || !this.isWhole(factor)) return this.number(factor);
    const v = factor.lo.v!;
    let twice = this.twice.get(v);
    if (twice === undefined) {
      const { set, word } = this.doubles.get(v)!;
      this.twice.set(v, (twice = this.variable(D)));
      this.putAfter(set, setStmt(twice, times(floatOp(Op.ConvertU, D, get(word)), 2)));
    }
    return get(twice);
  }

  private number({ lo, signed }: Factor, readSigned = signed): Node {
    signed = readSigned;
    if (lo.op === Op.Const) return f64Const(signed ? lo.n : lo.n >>> 0);
    if (signed) return floatOp(Op.ConvertS, D, copyOf(lo));
    const number = this.derive(lo, 'number');
    return number.type === D ? number : floatOp(Op.ConvertU, D, number);
  }
}

/** Has the sum so many products that numbers are cheaper than integers everywhere? */
const hasMany = (terms: readonly TermPlan[]): boolean =>
  terms.filter(({ b }) => b !== undefined).length >= MANY;

const wordOf = (node: Node): Node => floatOp(Op.Word, I, node);

const times = (node: Node, factor: number): Node => floatOp(Op.FMul, D, node, f64Const(factor));

/** A sum of numbers, and one more that is added or taken away. */
function joined(sum: Node | undefined, less: boolean, number: Node): Node {
  if (sum === undefined) return less ? times(number, -1) : number;
  return floatOp(less ? Op.FSub : Op.FAdd, D, sum, number);
}

/** Adds what the high word of one factor contributes with the low one of the other: a sign takes it away, or nothing. */
function crossProduct(sum: Node, { hi, signed }: Factor, other: Node): Node {
  if (signed) return sub(sum, and(other, hi));
  // One bit: the other word, or nothing.
  if (hi.op !== Op.Const && width(hi) === 1) return add(sum, and(other, sub(constant(0), hi)));
  return add(sum, mul(other, hi));
}

/** Is it more than a half word, and no constant? By constants there is a shorter form. */
const isLarge = ({ lo, bits }: Factor): boolean => bits > 16 && lo.op !== Op.Const;

/** Do numbers tell the sum exactly, as its factors are split? */
function isExact(terms: readonly TermPlan[]): boolean {
  let sum = 0;
  for (const { a, b } of terms) sum += 2 ** (a.bits + (b === undefined ? 0 : Math.min(16, b.bits)));
  return sum < (isPositive(terms) ? UNSIGNED_LIMIT : SIGNED_LIMIT);
}

/** Is no term negative? */
const isPositive = (terms: readonly TermPlan[]): boolean =>
  terms.every(
    ({ less, a, b }) =>
      !less && [a, b].every((x) => x === undefined || !x.signed || isNonNegative(x.lo)),
  );

/** What a variable is split into. */
function derivation(lo: Node, kind: Derivation): Node {
  if (!AHEAD || kind === 'number') return floatOp(Op.ConvertU, D, copyOf(lo));
  switch (kind) {
    case 'low':
      return and(copyOf(lo), constant(65535));
    case 'signedHigh':
      return shrS(copyOf(lo), constant(16));
    case 'unsignedHigh':
      return shrU(copyOf(lo), constant(16));
  }
}
