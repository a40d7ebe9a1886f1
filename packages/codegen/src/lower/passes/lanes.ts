/**
 * Chooses for each variable that holds words of vectors what it is: an integer, or, where float instructions make
 * and take what it holds, the float itself (two words together for an f64). So a value that only float
 * instructions touch never becomes bits, and bits are made where something else looks at them.
 *
 * Variables that are copied into each other are decided together, by counting on which side fewer conversions
 * are needed, a use within a loop counting more. What was decided is rewritten in one walk.
 */
import { isAtom } from '../ir/int.js';
import { D, F, get, I, Node, Op, S, type Stmt, setStmt, Variable } from '../ir/ir.js';
import { doubleOf, floatOf, isLane, isSameAtom, wordOf, wordsOf } from '../ir/lanes.js';

/** A use in a loop counts so many times one outside, for some levels. */
const LOOP_WEIGHT = 8;
const MAX_DEPTH = 4;

/** What is known of a variable. */
class Words {
  /** Those copied into each other have one root, which has their sums. */
  parent: Words = this;
  /** Conversions that are spared, less those that are made, by keeping an f32; an f64. */
  single = 0;
  double = 0;
  /** For a low word: the variable of its high word, and the other way; undefined where there are several. */
  high: Variable | undefined;
  low: Variable | undefined;
  unpaired = false;
  /** Behind so many of its assignments comes one of the variable `next`. */
  followed = 0;
  next: Variable | undefined;
  /** The variable that takes its place. */
  float: Variable | undefined;
  constructor(readonly v: Variable) {}
}

const isLoad = (node: Node): boolean => node.op === Op.Load && node.name === 'getInt32';

/** Rewrites a function that has vectors, in place. New variables are appended. */
export function chooseLanes(body: Stmt[], variables: Variable[]): void {
  const chooser = new Chooser();
  chooser.statements(body);
  chooser.choose(variables);
  const entries = chooser.entries();
  chooser.rewrite(body);
  body.unshift(...entries);
  for (const v of chooser.kept) variables.push(v);
}

class Chooser {
  private readonly words = new Map<Variable, Words>();
  /** Variables that rewriting made. */
  readonly kept: Variable[] = [];
  private weight = 1;
  private depth = 0;

  private of(v: Variable): Words {
    let words = this.words.get(v);
    if (words === undefined) {
      words = new Words(v);
      this.words.set(v, words);
      // A parameter comes as an integer.
      if (v.param >= 0) {
        words.single--;
        words.double--;
      }
    }
    return words;
  }

  private root(words: Words): Words {
    while (words.parent !== words) {
      words.parent = words.parent.parent;
      words = words.parent;
    }
    return words;
  }

  private union(a: Words, b: Words): void {
    const from = this.root(a);
    const to = this.root(b);
    if (from === to) return;
    from.parent = to;
    to.single += from.single;
    to.double += from.double;
  }

  private count(v: Variable, single: number, double: number): void {
    const root = this.root(this.of(v));
    root.single += single * this.weight;
    root.double += double * this.weight;
  }

  private pair(low: Variable, high: Variable): void {
    const a = this.of(low);
    const b = this.of(high);
    if (
      a.high === undefined &&
      b.low === undefined &&
      a.low === undefined &&
      b.high === undefined
    ) {
      a.high = high;
      b.low = low;
    } else if (a.high !== high || b.low !== low) {
      a.unpaired = true;
      b.unpaired = true;
    }
  }

  // What there is.

  /** Counts what the statements do with words. */
  statements(list: readonly Stmt[]): void {
    list.forEach((stmt, i) => {
      if (stmt.kind === S.Set) this.assignment(stmt, list[i + 1]);
      else if (stmt.e !== null) this.expression(stmt.e);
      for (const node of stmt.values ?? []) this.expression(node);
      if (stmt.kind === S.Loop && this.depth++ < MAX_DEPTH) this.weight *= LOOP_WEIGHT;
      this.statements(stmt.body ?? []);
      this.statements(stmt.alt ?? []);
      for (const arm of stmt.cases ?? []) this.statements(arm.body);
      if (stmt.kind === S.Loop && --this.depth < MAX_DEPTH) this.weight /= LOOP_WEIGHT;
    });
  }

  private assignment({ v, e }: Stmt, next: Stmt | undefined): void {
    if (v!.type !== I) {
      this.expression(e!);
      return;
    }
    const words = this.of(v!);
    if (next?.kind === S.Set && (words.next === undefined || words.next === next.v)) {
      words.next = next.v!;
      words.followed++;
    }
    switch (e!.op) {
      case Op.Get:
        if (e!.type === I) this.union(this.of(e!.v!), this.of(v!));
        return;
      case Op.BitsLo:
      case Op.BitsHi: {
        const single = e!.a!.type === F;
        this.count(v!, single ? 1 : -1, single ? -1 : 1);
        if (!single && e!.op === Op.BitsLo && next?.kind === S.Set && isHighOf(next.e!, e!))
          this.pair(v!, next.v!);
        this.expression(e!.a!);
        return;
      }
      case Op.Const:
        return;
      default:
        if (!isLoad(e!)) this.count(v!, -1, -1);
        this.expression(e!);
    }
  }

  private expression(node: Node): void {
    switch (node.op) {
      case Op.Get:
        if (node.type === I) this.count(node.v!, -1, -1);
        return;
      case Op.FromBits: {
        const { a, b } = node;
        if (a!.op !== Op.Get || (b !== null && b.op !== Op.Get)) break;
        if (b === null) this.count(a!.v!, 1, -1);
        else {
          this.count(a!.v!, -1, 1);
          this.count(b.v!, -1, 1);
          this.pair(a!.v!, b.v!);
        }
        return;
      }
      case Op.Store:
        this.expression(node.a!);
        // A float is written as well as a word.
        if (node.name !== 'setInt32' || node.b!.op !== Op.Get) this.expression(node.b!);
        return;
      default:
    }
    if (node.a !== null) this.expression(node.a);
    if (node.b !== null) this.expression(node.b);
    if (node.c !== null) this.expression(node.c);
    if (node.list !== null) for (const arg of node.list) this.expression(arg);
  }

  // What is made of it.

  /** Decides, and makes the variables that take the places of words. */
  choose(variables: Variable[]): void {
    for (const words of this.words.values()) {
      const { single, double } = this.root(words);
      if (single > 0 && single >= double) this.replace([words], F, variables);
    }
    // Pairs stay pairs only as long as those copied into them are.
    for (const words of this.words.values()) {
      if (words.float !== undefined || words.high === undefined) continue;
      const high = this.words.get(words.high)!;
      const saved = this.root(words).double + this.root(high).double;
      if (saved > 0 && this.isPair(words, high)) this.replace([words, high], D, variables);
    }
  }

  /** Are two variables always assigned together? */
  private isPair(low: Words, high: Words): boolean {
    if (low.unpaired || high.unpaired || high.float !== undefined) return false;
    if (low.v.param < 0 !== high.v.param < 0 || low.v.zeroed !== high.v.zeroed) return false;
    const count = low.v.sets.length;
    return (
      low.next === high.v &&
      low.followed === count &&
      high.v.sets.length === count &&
      low.v.stable === high.v.stable
    );
  }

  private replace(parts: Words[], type: typeof F | typeof D, variables: Variable[]): void {
    const { v } = parts[0]!;
    const float = new Variable(`${v.name}f`, type, v.stable, v.zeroed);
    float.composite = v.composite;
    variables.push(float);
    for (const words of parts) words.float = float;
  }

  /** Assignments of what comes as a parameter. */
  entries(): Stmt[] {
    const entries: Stmt[] = [];
    for (const { v, float, high } of this.words.values()) {
      if (float === undefined || v.param < 0) continue;
      if (float.type === F) entries.push(setStmt(float, floatOf(get(v))));
      else if (high !== undefined) entries.push(setStmt(float, doubleOf(get(v), get(high))));
    }
    return entries;
  }

  private floatFor(v: Variable): Variable | undefined {
    return this.words.get(v)?.float;
  }

  /** Rewrites statements. */
  rewrite(list: Stmt[]): void {
    const out: Stmt[] = [];
    list.forEach((stmt, i) => {
      if (stmt.kind === S.Set) this.rewriteSet(stmt, list[i + 1], out);
      else if (stmt.e !== null) stmt.e = this.node(stmt.e);
      if (stmt.values !== null) stmt.values = stmt.values.map((node) => this.node(node));
      if (stmt.body !== null) this.rewrite(stmt.body);
      if (stmt.alt !== null) this.rewrite(stmt.alt);
      for (const arm of stmt.cases ?? []) this.rewrite(arm.body);
      if (stmt.kind === S.Expr) joinStores(out[out.length - 1], stmt);
      out.push(stmt);
    });
    list.length = 0;
    for (const stmt of out) list.push(stmt);
  }

  private rewriteSet(stmt: Stmt, next: Stmt | undefined, out: Stmt[]): void {
    const v = stmt.v!;
    const float = this.floatFor(v);
    stmt.e = this.node(stmt.e!);
    if (float === undefined) return;
    if (float.type === F) stmt.e = this.settled(floatOf(stmt.e), out);
    else {
      const high = next!;
      stmt.e = this.settled(doubleOf(stmt.e, this.node(high.e!)), out);
      high.v!.sets = [];
      high.kind = S.Skip;
      high.e = null;
      high.v = null;
    }
    v.sets = [];
    stmt.v = float;
    float.sets.push(stmt);
  }

  /** Words that become a float: they may be read as number and as bits, so they are calculated before. */
  private settled(node: Node, out: Stmt[]): Node {
    if (node.op !== Op.FromBits) return node;
    const keep = (word: Node): Node => {
      if (isAtom(word)) return word;
      const v = new Variable(`w${this.kept.length}`, I, true, false);
      this.kept.push(v);
      out.push(setStmt(v, word));
      return get(v);
    };
    const a = keep(node.a!);
    return node.b === null ? floatOf(a) : doubleOf(a, keep(node.b));
  }

  private node(node: Node): Node {
    if (node.op === Op.Get) {
      const words = node.type === I ? this.words.get(node.v!) : undefined;
      if (words?.float === undefined) return node;
      const read = get(words.float);
      if (read.type === F) return wordOf(read);
      return wordsOf(read)[words.high === undefined ? 1 : 0];
    }
    const before = node.a;
    if (before !== null) node.a = this.node(before);
    if (node.b !== null) node.b = this.node(node.b);
    if (node.c !== null) node.c = this.node(node.c);
    if (node.list !== null) node.list = node.list.map((arg) => this.node(arg));
    if (node.op === Op.FromBits)
      return node.b === null ? floatOf(node.a!) : doubleOf(node.a!, node.b);
    if (node.op === Op.Store && node.name === 'setInt32' && isLane(node.b!))
      return storeFloat(node);
    return node;
  }
}

const isHighOf = (high: Node, low: Node): boolean =>
  high.op === Op.BitsHi && high.a!.op === Op.Get && low.a!.op === Op.Get && high.a!.v === low.a!.v;

/** The store of a word of an f32, as a store of the f32. */
function storeFloat(node: Node): Node {
  const value = node.b!.a!;
  return value.type === F ? floatStore(node, value, node.n) : node;
}

function floatStore(node: Node, value: Node, offset: number): Node {
  const store = new Node(Op.Store, value.type, node.fx, node.a, value, null, offset);
  store.name = value.type === F ? 'setFloat32' : 'setFloat64';
  store.memory = node.memory;
  store.align = node.align;
  store.at = node.at;
  return store;
}

/** Two stores of the words of an f64, the high one first, become one. */
function joinStores(first: Stmt | undefined, second: Stmt): void {
  const [high, low] = [first?.e, second.e!];
  if (first?.kind !== S.Expr || high?.op !== Op.Store || low.op !== Op.Store) return;
  if (!isLane(low.b!) || low.b!.a!.type !== D || !isHighOf(high.b!, low.b!)) return;
  if (low.b!.op !== Op.BitsLo || high.n !== low.n + 4 || high.memory !== low.memory) return;
  if (!isSameAtom(low.a!, high.a!)) return;
  if (low.name !== 'setInt32' || high.name !== 'setInt32') return;
  first.kind = S.Skip;
  first.e = null;
  second.e = floatStore(low, low.b!.a!, low.n);
}
