/**
 * What is calculated of each byte of one word, and of constants, is a function of a byte: where it takes more operations
 * than to look four bytes up, it becomes a table of 256 bytes. Classifying characters and translating alphabets are
 * such functions.
 *
 * Gets and leaves operations on lanes as single nodes. A function is looked for within one list of statements: what
 * it is made of is assigned once, and in that list.
 */
import { add, and, constant, or, rebuild } from '../ir/int.js';
import {
  get,
  I,
  type Node,
  nameNode,
  Op,
  operands,
  R,
  S,
  type Stmt,
  setStmt,
  Variable,
} from '../ir/ir.js';
import { laneNumber } from '../ir/lane-numbers.js';
import { type LaneAccess, laneNode, laneOperation } from '../ir/lane-operations.js';
import { eachStatement, expressionsOf } from '../ir/traverse.js';

/** So many operations look up the four bytes of a word, with some for the table itself. */
const LOOKUPS = 20;
/** The highest bit of each byte. */
const HIGHEST = 0x80808080 | 0;
/** Operations that a function may be made of. */
const MAX_STEPS = 64;

/** A function of the bytes of a variable; without one a constant. */
interface ByteFunction {
  readonly root: Variable | undefined;
  /** Operations of a word, by the variables that hold what they give. */
  readonly steps: ReadonlyMap<object, number>;
  readonly value: (byte: number) => number;
}

const isBitwise = (node: Node): boolean =>
  node.op === Op.And || node.op === Op.Or || node.op === Op.Xor;
const effortOf = ({ steps }: ByteFunction): number =>
  [...steps.values()].reduce((sum, effort) => sum + effort, 0);

/** The operands of a chain of the same operation. */
const chainOf = (node: Node, op: Op): Node[] =>
  node.op === op ? [...chainOf(node.a!, op), ...chainOf(node.b!, op)] : [node];

/** Replaces costly functions of bytes in place by lookups. New variables are appended. */
export function tabulate(
  body: Stmt[],
  variables: Variable[],
  support: { byteTable(bytes: readonly number[]): string },
): void {
  new Tabulator(variables, support).run(body);
}

/** Operands are constants, results are. */
const EVALUATOR: LaneAccess = {
  word: (node) => node,
  keep: (node) => node,
  hold: (node) => node,
  lane: (node, bits) => {
    const n = node.n & (2 ** bits - 1);
    return laneNumber(constant(n), n, n);
  },
  helper: (name) => name,
  nibbleTable: () => '',
  moved: (node) => node,
};

class Tabulator {
  private readonly uses = new Map<Variable, number>();
  private readonly seen = new Set<Variable>();
  /** Functions that variables of the present list hold, and how often other functions of the list take them. */
  private functions = new Map<Variable, ByteFunction>();
  private inner = new Map<Variable, number>();

  constructor(
    private readonly variables: Variable[],
    private readonly support: { byteTable(bytes: readonly number[]): string },
  ) {}

  run(body: Stmt[]): void {
    eachStatement(body, (stmt) => {
      for (const node of expressionsOf(stmt)) this.count(node, this.uses, 1);
    });
    this.list(body);
  }

  /** Counts the variables that an expression reads. */
  private count(node: Node, counts: Map<Variable, number>, by: number): void {
    if (node.op === Op.Get) counts.set(node.v!, (counts.get(node.v!) ?? 0) + by);
    for (const part of operands(node)) this.count(part, counts, by);
  }

  /** Puts another expression into a statement. */
  private replace(stmt: Stmt, e: Node): void {
    this.count(stmt.e!, this.uses, -1);
    stmt.e = e;
    this.count(e, this.uses, 1);
  }

  private list(list: Stmt[]): void {
    const { functions, inner } = this;
    this.functions = new Map();
    this.inner = new Map();
    const own = new Map<Variable, Stmt>();
    const result: Stmt[] = [];
    for (const stmt of list) {
      if (stmt.kind === S.Set && stmt.v!.type === I && stmt.v!.sets.length === 1) {
        this.assignment(stmt, result, own);
        this.seen.add(stmt.v!);
      }
      result.push(stmt);
      for (const part of [stmt.body, stmt.alt, ...(stmt.cases ?? []).map((item) => item.body)])
        if (part !== null) this.list(part);
    }
    for (const [v, stmt] of own) {
      const found = this.functions.get(v)!;
      if (this.uses.get(v) === this.inner.get(v) || !this.pays(found)) continue;
      this.replace(stmt, this.lookup(found));
    }
    const dead = new Set<Stmt>();
    for (const [v, stmt] of [...own].reverse()) {
      if (this.uses.get(v) !== 0) continue;
      this.count(stmt.e!, this.uses, -1);
      v.sets = [];
      dead.add(stmt);
    }
    list.length = 0;
    for (const stmt of result) if (!dead.has(stmt)) list.push(stmt);
    this.functions = functions;
    this.inner = inner;
  }

  private assignment(stmt: Stmt, out: Stmt[], own: Map<Variable, Stmt>): void {
    const e = stmt.e!;
    const found = this.functionOf(e, stmt.v!);
    if (found === undefined) {
      if (isBitwise(e)) this.replace(stmt, this.parts(e, out));
      return;
    }
    this.functions.set(stmt.v!, found);
    own.set(stmt.v!, stmt);
    this.count(e, this.inner, 1);
  }

  /** Replaces those operands of bitwise operations that are functions. */
  private parts(node: Node, out: Stmt[]): Node {
    if (!isBitwise(node)) return node;
    if (node.op === Op.And && node.b!.op === Op.Const && (node.b!.n & ~HIGHEST) === 0)
      return and(this.parts(this.highest(node.a!), out), node.b!);
    const operands = new Map<Variable | undefined, Node>();
    const others: Node[] = [];
    for (const operand of chainOf(node, node.op)) {
      const root = this.functionOf(operand, operand)?.root;
      const before = operands.get(root);
      if (root === undefined) others.push(this.parts(operand, out));
      else
        operands.set(root, before === undefined ? operand : rebuild(node, before, operand, null));
    }
    const tables = [...operands.values()].map((operand) => this.tabulated(operand, out));
    return [...tables, ...others].reduce((a, b) => rebuild(node, a, b, null));
  }

  /** A word whose bytes have the same highest bits: all that somebody asks for. */
  private highest(node: Node): Node {
    if (isBitwise(node)) return rebuild(node, this.highest(node.a!), this.highest(node.b!), null);
    if (node.op !== Op.Get || this.uses.get(node.v!) !== 1 || !this.functions.has(node.v!))
      return node;
    const { name, list } = node.v!.sets[0]!.e!;
    const sum = name === 'i8x16.add_sat_u';
    if (!sum && name !== 'i8x16.sub_sat_u') return node;
    const [a, b] = list as [Node, Node];
    // A constant below 128 in each byte; the operand is the variable of a function.
    if (b.op !== Op.Const || (b.n & HIGHEST) !== 0 || a.op !== Op.Get) return node;
    const rest = and(a, constant(~HIGHEST));
    return sum ? or(a, add(rest, b)) : and(a, add(rest, constant(HIGHEST - b.n)));
  }

  /** A function that is no variable's, in one where it pays. */
  private tabulated(node: Node, out: Stmt[]): Node {
    if (!isBitwise(node)) return node;
    const found = this.functionOf(node, node)!;
    if (!this.pays(found)) return node;
    const v = new Variable(`b${this.variables.length}`, I, true, false);
    this.variables.push(v);
    const stmt = setStmt(v, this.lookup(found));
    this.count(stmt.e!, this.uses, 1);
    out.push(stmt);
    return get(v);
  }

  private pays(found: ByteFunction): boolean {
    return found.root !== undefined && effortOf(found) > LOOKUPS;
  }

  private lookup({ root, value }: ByteFunction): Node {
    const bytes = Array.from({ length: 256 }, (_, i) => value(i));
    const node = laneNode('lookup', [get(root!), nameNode(this.support.byteTable(bytes), R, 0)]);
    node.m = Math.max(...bytes);
    return node;
  }

  /** The function of bytes that an expression is; `step` names what its last operation gives. */
  private functionOf(node: Node, step: object): ByteFunction | undefined {
    if (node.op === Op.Const) {
      const byte = node.n & 255;
      if (Math.imul(byte, 0x01010101) !== node.n) return undefined;
      return { root: undefined, steps: new Map(), value: () => byte };
    }
    if (node.op === Op.Get) {
      const v = node.v!;
      const known = this.functions.get(v);
      if (known !== undefined) return known;
      if (v.type !== I || v.sets.length !== 1 || !(v.stable || this.seen.has(v))) return undefined;
      return { root: v, steps: new Map(), value: (byte) => byte };
    }
    if (isBitwise(node)) {
      const [a, b] = [this.functionOf(node.a!, node.a!), this.functionOf(node.b!, node.b!)];
      if (a === undefined || b === undefined) return undefined;
      return combined([a, b], step, 1, (x, y) =>
        node.op === Op.And ? x! & y! : node.op === Op.Or ? x! | y! : x! ^ y!,
      );
    }
    if (node.op !== Op.Lane || !node.name.match(/^(i8x16\.|swizzle$)/)) return undefined;
    const operation = laneOperation(node);
    if (operation.effort === undefined || operation.bits !== 8) return undefined;
    // Behind the word come the amount of a shift, the words of a table.
    const fixed = node.name === 'swizzle' || /\.sh[lr]/.test(node.name);
    const operands = fixed ? node.list!.slice(0, 1) : node.list!;
    const rest = node.list!.slice(operands.length);
    if (rest.some((word) => word.op !== Op.Const)) return undefined;
    const functions = operands.map((word) => this.functionOf(word, word));
    if (functions.some((found) => found === undefined)) return undefined;
    const evaluate = (...bytes: number[]): number | undefined => {
      if (node.name === 'swizzle')
        return bytes[0]! > 15 ? 0 : (rest[bytes[0]! >> 2]!.n >>> (8 * (bytes[0]! & 3))) & 255;
      const made = laneNode(node.name, [...bytes.map(constant), ...rest]);
      const { node: result } = operation.lane!(EVALUATOR, made, 0);
      return result.op === Op.Const ? result.n & 255 : undefined;
    };
    if (evaluate(...operands.map(() => 1)) === undefined) return undefined;
    return combined(
      functions as ByteFunction[],
      step,
      operation.effort,
      (...bytes) => evaluate(...bytes)!,
    );
  }
}

/** The function that an operation on the values of functions is; undefined for those of several variables. */
function combined(
  functions: ByteFunction[],
  step: object,
  effort: number,
  operation: (...bytes: number[]) => number,
): ByteFunction | undefined {
  const steps = new Map<object, number>();
  let root: Variable | undefined;
  for (const found of functions) {
    if (found.root !== undefined && root !== undefined && found.root !== root) return undefined;
    root ??= found.root;
    for (const [key, value] of found.steps) steps.set(key, value);
  }
  steps.set(step, effort);
  if (steps.size > MAX_STEPS) return undefined;
  // What several steps take is calculated once.
  const known = new Map<number, number>();
  const value = (byte: number): number => {
    let result = known.get(byte);
    if (result === undefined) {
      result = operation(...functions.map((found) => found.value(byte)));
      known.set(byte, result);
    }
    return result;
  };
  return { root, steps, value };
}
