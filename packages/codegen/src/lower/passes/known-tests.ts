/**
 * Tests of references whose answer is known: an index that was in bounds of the same array, a type that the object was seen
 * to have, a null that was ruled out. Gets statements in their final order; marks elements (`memory` is 1), puts constants in place of
 * tests, and takes out what these decide.
 *
 * An array keeps its length and an object its type, so what is known of a variable holds until it is assigned, whatever is
 * called meanwhile. Where ways meet, what all of them know is kept. Nothing behind this pass may move what traps.
 */
import { constant, rebuild } from '../ir/int.js';
import { eachOperand, type Node, Op, R, S, type Stmt, type Variable } from '../ir/ir.js';
import { eachStatement } from '../ir/traverse.js';
import { prune } from './constants.js';

enum Known {
  notNull,
  /** It has the type, or would have if it were not null. */
  type,
  typeOrNull,
  /** The index is in bounds. */
  inside,
}

/** One thing that is known of a variable: of its type, or of an index (a variable, or number n). */
interface Fact {
  v: Variable;
  what: Known;
  name: string;
  n: number;
  index: Variable | null;
}

/** So many facts are kept at most, the latest. */
const MOST = 40;

/** Takes out the tests. */
export function dropKnownTests(body: Stmt[]): void {
  const pass = new Pass();
  pass.list(body, []);
  if (pass.decided) prune(body);
}

class Pass {
  /** Has a condition become constant? */
  decided = false;
  private readonly assignments = new Map<Stmt, Set<Variable>>();

  /** Goes through statements; changes the facts to those behind them. @returns whether control gets there */
  list(body: readonly Stmt[], facts: Fact[]): boolean {
    for (const stmt of body) if (!this.statement(stmt, facts)) return false;
    return true;
  }

  private statement(stmt: Stmt, facts: Fact[]): boolean {
    if (stmt.e !== null) {
      stmt.e = simplified(stmt.e, facts);
      learn(stmt.e, facts);
    }
    if (stmt.values !== null) stmt.values = stmt.values.map((node) => simplified(node, facts));
    switch (stmt.kind) {
      case S.Set:
        assign(stmt.v!, stmt.e!, facts);
        return true;
      case S.If:
        return this.choice(stmt, facts);
      case S.Block:
        this.list(stmt.body!, [...facts]);
        this.forget(stmt, facts);
        return true;
      case S.Loop:
        this.forget(stmt, facts);
        return this.list(stmt.body!, facts);
      case S.Try: {
        this.list(stmt.body!, [...facts]);
        this.forget(stmt, facts);
        this.list(stmt.alt!, [...facts]);
        return true;
      }
      case S.Switch:
        this.forget(stmt, facts);
        for (const item of stmt.cases ?? []) this.list(item.body, [...facts]);
        return stmt.cases !== null;
      case S.Br:
      case S.Return:
      case S.Trap:
      case S.TailCall:
      case S.Throw:
        return false;
      default:
        return true;
    }
  }

  private choice({ e, body, alt }: Stmt, facts: Fact[]): boolean {
    this.decided ||= e!.op === Op.Const;
    const other = [...facts];
    suppose(e!, true, facts);
    suppose(e!, false, other);
    const then = this.list(body!, facts);
    const otherwise = this.list(alt!, other);
    if (!then) replace(facts, other);
    else if (otherwise)
      replace(
        facts,
        facts.filter((fact) => holds(other, fact)),
      );
    return then || otherwise;
  }

  /** Forgets what is known of variables that the statement assigns somewhere inside. */
  private forget(stmt: Stmt, facts: Fact[]): void {
    if (facts.length === 0) return;
    const assigned = this.assigned(stmt);
    const kept = facts.filter(
      ({ v, index }) => !assigned.has(v) && (index === null || !assigned.has(index)),
    );
    replace(facts, kept);
  }

  private assigned(stmt: Stmt): Set<Variable> {
    let found = this.assignments.get(stmt);
    if (found === undefined) {
      const all = new Set<Variable>();
      eachStatement([stmt], ({ v }) => {
        if (v !== null) all.add(v);
      });
      found = all;
      this.assignments.set(stmt, found);
    }
    return found;
  }
}

function replace(facts: Fact[], by: readonly Fact[]): void {
  facts.length = 0;
  facts.push(...by);
}

const same = (one: Fact, other: Fact): boolean =>
  one.v === other.v &&
  one.what === other.what &&
  one.name === other.name &&
  one.n === other.n &&
  one.index === other.index;

/** Is the fact among the others, or does it follow from one of them? */
function holds(facts: readonly Fact[], fact: Fact): boolean {
  const { v, what } = fact;
  if (facts.some((other) => same(other, fact))) return true;
  if (what === Known.notNull)
    return facts.some((other) => other.v === v && other.what !== Known.typeOrNull);
  if (what === Known.typeOrNull) return holds(facts, { ...fact, what: Known.type });
  return (
    what === Known.type &&
    facts.some((other) => same(other, { ...fact, what: Known.typeOrNull })) &&
    holds(facts, { v, what: Known.notNull, name: '', n: 0, index: null })
  );
}

function add(facts: Fact[], fact: Fact): void {
  if (holds(facts, fact)) return;
  if (facts.length === MOST) facts.shift();
  facts.push(fact);
}

const about = (v: Variable, what: Known, name = '', n = 0): Fact => ({
  v,
  what,
  name,
  n,
  index: null,
});

/** What is known of a variable by a node that names its type. */
const typeFact = (test: Node, v: Variable, what: Known.type | Known.typeOrNull): Fact =>
  about(v, what, test.name, test.n);

const variableOf = (node: Node | null): Variable | undefined =>
  node !== null && node.op === Op.Get && node.type === R ? node.v! : undefined;

/** That the index of an element is in bounds, where it is a variable's or a number. */
function insideFact({ a, b, m }: Node): Fact | undefined {
  const v = variableOf(a);
  if (v === undefined || (b!.op !== Op.Get && b!.op !== Op.Const)) return undefined;
  return { v, what: Known.inside, name: String(m), n: b!.n, index: b!.v };
}

/** Is it asked whether a variable is null or has a type? */
function nullOrType({ op, a, b }: Node): Fact | undefined {
  if (op !== Op.LOr || a!.op !== Op.IsNull || b!.op !== Op.HasType) return undefined;
  const v = variableOf(a!.a);
  return v !== undefined && variableOf(b!.a) === v ? typeFact(b!, v, Known.typeOrNull) : undefined;
}

/** Adds what a condition tells where it holds, or does not. */
function suppose(test: Node, truth: boolean, facts: Fact[]): void {
  const v = variableOf(test.a);
  switch (test.op) {
    case Op.Eqz:
      suppose(test.a!, !truth, facts);
      break;
    case Op.IsNull:
      if (!truth && v !== undefined) add(facts, about(v, Known.notNull));
      break;
    case Op.HasType:
      if (truth && v !== undefined) add(facts, typeFact(test, v, Known.type));
      break;
    case Op.LAnd:
    case Op.LOr: {
      const either = nullOrType(test);
      if (truth && either !== undefined) add(facts, either);
      if (truth === (test.op === Op.LAnd)) {
        suppose(test.a!, truth, facts);
        suppose(test.b!, truth, facts);
      }
      break;
    }
    default:
  }
}

/** Facts with those that a condition tells. */
function supposed(test: Node, truth: boolean, facts: Fact[]): Fact[] {
  const more = [...facts];
  suppose(test, truth, more);
  return more;
}

/** The expression without tests whose answer is known; nodes are changed in place. */
function simplified(node: Node, facts: Fact[]): Node {
  const { op } = node;
  if (op === Op.Get || op === Op.Const) return node;
  const answer = known(node, facts);
  if (answer !== undefined) return constant(answer ? 1 : 0);
  const fact = op === Op.Elem || op === Op.SetElem ? insideFact(node) : undefined;
  if (fact !== undefined && node.memory === 0 && holds(facts, fact)) node.memory = 1;
  if (op === Op.NonNull) {
    const v = variableOf(node.a);
    if (v !== undefined && holds(facts, about(v, Known.notNull))) return node.a!;
  }
  if (node.list !== null) node.list = node.list.map((item) => simplified(item, facts));
  let { a, b, c } = node;
  if (op === Op.Select) {
    c = simplified(c!, facts);
    a = simplified(a!, supposed(c, true, facts));
    b = simplified(b!, supposed(c, false, facts));
  } else {
    if (a !== null) a = simplified(a, facts);
    if (b !== null)
      b = simplified(
        b,
        op === Op.LAnd || op === Op.LOr ? supposed(a!, op === Op.LAnd, facts) : facts,
      );
    if (c !== null) c = simplified(c, facts);
  }
  return a === node.a && b === node.b && c === node.c ? node : rebuild(node, a, b, c);
}

/** Does a test hold? Undefined where nothing tells. */
function known(test: Node, facts: readonly Fact[]): boolean | undefined {
  const v = variableOf(test.a);
  if (test.op === Op.LOr) {
    const either = nullOrType(test);
    return either !== undefined && holds(facts, either) ? true : undefined;
  }
  if (v === undefined) return undefined;
  if (test.op === Op.IsNull) return holds(facts, about(v, Known.notNull)) ? false : undefined;
  if (test.op !== Op.HasType) return undefined;
  return holds(facts, typeFact(test, v, Known.type)) ? true : undefined;
}

/** Is it a cast: the variable, where the condition holds, else a failure that never returns? */
const isCast = ({ op, a, b }: Node): boolean =>
  op === Op.Select && a!.op === Op.Get && b!.op === Op.Helper && b!.m === 1;

/** Adds what is known behind an expression, of what it evaluates in any case. */
function learn(node: Node, facts: Fact[]): void {
  const v = variableOf(node.a);
  switch (node.op) {
    case Op.Get:
    case Op.Const:
      return;
    case Op.Select:
      learn(node.c!, facts);
      if (isCast(node)) suppose(node.c!, true, facts);
      return;
    case Op.LAnd:
    case Op.LOr:
      learn(node.a!, facts);
      return;
    case Op.Field:
    case Op.SetField:
    case Op.HasType:
    case Op.NonNull:
      if (v !== undefined) add(facts, about(v, Known.notNull));
      break;
    case Op.Elem:
    case Op.SetElem: {
      // A word of an element that takes no test has not been tested: its first word may stand further on.
      const fact = node.memory === 0 ? insideFact(node) : undefined;
      if (fact !== undefined) add(facts, fact);
      break;
    }
    default:
  }
  eachOperand(node, (operand) => learn(operand, facts));
}

/** What is known where a variable has been assigned. */
function assign(v: Variable, value: Node, facts: Fact[]): void {
  const from = isCast(value) ? value.a!.v! : variableOf(value);
  if (from === v) return;
  const kept = facts.filter((fact) => fact.v !== v && fact.index !== v);
  if (v.type === R && from !== undefined)
    for (const fact of [...kept]) if (fact.v === from) add(kept, { ...fact, v });
  if (value.op === Op.New || value.op === Op.NonNull) add(kept, about(v, Known.notNull));
  replace(facts, kept);
}
