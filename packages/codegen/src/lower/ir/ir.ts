/**
 * The intermediate representation of a function body: trees of typed expressions inside structured
 * statements. It is scalar: an i64 is two `I` expressions (low, high), a v128 four. Floats stay whole
 * (`F`, `D`); whether one travels as a number or as its bits is decided by the float analysis.
 */

/** Type of an expression: a signed 32-bit integer, f32, f64 or a reference. */
export const I = 0;
export const F = 1;
export const D = 2;
export const R = 3;
export type IrType = 0 | 1 | 2 | 3;

/** What evaluating an expression may do; see `conflicts`. */
export const Fx = {
  /** Reads a local variable that may be assigned more than once. */
  readLocal: 1,
  readMemory: 2,
  /** Reads globals, sizes of memories, segments or the result channel. */
  readState: 4,
  /** May trap on a memory access (all such traps are alike, so they commute). */
  trapMemory: 8,
  /** May trap in another way. */
  trap: 16,
  writeMemory: 32,
  writeState: 64,
  /** Reads an element or the size of a table, or calls through one; changes a table. */
  readTable: 128,
  writeTable: 256,
  /** Reads a field that can change, or an element; changes one. */
  readHeap: 512,
  writeHeap: 1024,
} as const;

/** What may trap; what changes something. */
export const TRAPS = Fx.trapMemory | Fx.trap;
export const WRITES = Fx.writeMemory | Fx.writeState | Fx.writeTable | Fx.writeHeap;
export const READS = Fx.readMemory | Fx.readState | Fx.readTable | Fx.readHeap;
/** The effects of a call to an unknown function. */
export const FX_CALL = READS | Fx.trap | WRITES;

/**
 * May `later` not be evaluated before `earlier`?
 * @param earlier effects of the expression that comes first in program order
 * @param later effects of the one that would be moved before it
 */
export function conflicts(earlier: number, later: number): boolean {
  if (earlier === 0 || later === 0) return false;
  return (
    ((earlier & Fx.readMemory) !== 0 && (later & Fx.writeMemory) !== 0) ||
    ((earlier & Fx.writeMemory) !== 0 && (later & (Fx.readMemory | Fx.writeMemory)) !== 0) ||
    ((earlier & Fx.readState) !== 0 && (later & Fx.writeState) !== 0) ||
    ((earlier & Fx.writeState) !== 0 && (later & (Fx.readState | Fx.writeState)) !== 0) ||
    ((earlier & Fx.readTable) !== 0 && (later & Fx.writeTable) !== 0) ||
    ((earlier & Fx.writeTable) !== 0 && (later & (Fx.readTable | Fx.writeTable)) !== 0) ||
    ((earlier & Fx.readHeap) !== 0 && (later & Fx.writeHeap) !== 0) ||
    ((earlier & Fx.writeHeap) !== 0 && (later & (Fx.readHeap | Fx.writeHeap)) !== 0) ||
    ((earlier & TRAPS) !== 0 && (later & WRITES) !== 0) ||
    ((earlier & WRITES) !== 0 && (later & TRAPS) !== 0) ||
    ((earlier & Fx.trap) !== 0 && (later & TRAPS) !== 0) ||
    ((earlier & TRAPS) !== 0 && (later & Fx.trap) !== 0)
  );
}

/** May this expression be left out or evaluated conditionally without a visible difference? */
export const isPure = (fx: number): boolean => (fx & (TRAPS | WRITES)) === 0;

/** Operations of expressions. Operands are `a`, `b`, `c` or `list`; see each comment. */
export enum Op {
  /** `n`: the value (I). */
  Const,
  /** Float constant: `n` low or only bits, `m` high bits. */
  FConst,
  /** Reads variable `v`. */
  Get,
  // Integer arithmetic, operands a and b.
  Add,
  Sub,
  Mul,
  And,
  Or,
  Xor,
  Shl,
  ShrS,
  ShrU,
  DivS,
  DivU,
  RemS,
  RemU,
  // Comparisons: the result is 0 or 1.
  Eq,
  Ne,
  LtS,
  LtU,
  LeS,
  LeU,
  GtS,
  GtU,
  GeS,
  GeU,
  /** a is 0. */
  Eqz,
  /** Both or either of two conditions; b is evaluated only when needed (it is pure). */
  LAnd,
  LOr,
  Clz,
  Extend8,
  Extend16,
  /** `c ? a : b`; a and b are evaluated only when chosen. */
  Select,
  // Float arithmetic of the node's type (operands a, b).
  FAdd,
  FSub,
  FMul,
  FDiv,
  FMin,
  FMax,
  FCopysign,
  FAbs,
  FNeg,
  FSqrt,
  FCeil,
  FFloor,
  FTrunc,
  FNearest,
  // Float comparisons (I).
  FEq,
  FNe,
  FLt,
  FLe,
  FGt,
  FGe,
  /** Reference a is null; references a and b are the same. */
  IsNull,
  RefEq,
  /** f64 to f32, f32 to f64. */
  Demote,
  Promote,
  /** Integer a to the float type of the node: signed, unsigned. */
  ConvertS,
  ConvertU,
  /** i64 (a low, b high) to the float type of the node. */
  Convert64S,
  Convert64U,
  /** The word that is the whole part of number a, which is from 0 to 2^32 exclusive (I). */
  Whole,
  /** The low word of the whole part of number a, which is below 2^53 in magnitude (I). */
  Word,
  /** The low and high word of sum number n of 64-bit products, see `sums.ts`; until products are made. */
  SumLow,
  SumHigh,
  /** Bits of float a: the only or low word, the high word (I). */
  BitsLo,
  BitsHi,
  /** Float from bits a (f32), or a low and b high (f64). */
  FromBits,
  /** Float result a of a call whose NaN bits are b (f32), or b low and c high (f64). */
  Received,
  /** Memory read: address a, offset n, `access` names the view's method, `memory` its index; `m` is 1: it is in bounds. */
  Load,
  /** Memory write: address a, value b. A float value may be written as bits. */
  Store,
  /** Support helper `name` with arguments `list`; type and effects as given. `m` is 1: it never returns. */
  Helper,
  /** Call of a function: `call` says which, arguments in `list`. */
  Call,
  /** Reads an instance-level name: `name` is JS source (global part, channel, size). */
  Name,
  /** Assigns value a to the instance-level name `name`; to element b of what it names, where there is a b. */
  SetName,
  /** The null reference. */
  Null,
  /** What the handler around it has caught, as JavaScript threw it (R). */
  Thrown,
  /** Property `name` of object a: field number `n` of structure type `m` (a float: a is an atom), or another one. */
  Field,
  /** Assigns b to property `name` of object a. */
  SetField,
  /** Keeps the bits of float b, where it is a NaN, for field `n` of object a (atoms); b is null where these are canonical. */
  KeepBits,
  /**
   * Word n of element b of array a (atoms); an element has `m` words. `memory`: 1 where the index is known to
   * be in bounds, 2 where the next access tells that it is not.
   */
  Elem,
  /** Assigns c to that word. */
  SetElem,
  /** Reference a, which traps where it is null (R). */
  NonNull,
  /** Has object a the type `name`: itself (n -1), or as its ancestor at depth n. */
  HasType,
  /** Is reference a an i31? */
  IsSmall,
  /** The i31 reference of integer a, sign-extended from 31 bits; the integer that i31 reference a is (I). */
  Small,
  SmallValue,
  /**
   * The index of pointer a (an atom) in elements of 2^n bytes (I). `m` says what is tested (`Guard`); where that fails it is
   * `NO_INDEX`.
   */
  PointerIndex,
  /** Index a of a pointer (a variable) and n elements more, as a number: it does not wrap (I). */
  IndexSum,
  /** The pointer whose index in elements of 2^n bytes is a (a variable): it is always aligned, and `align` says to how much (I). */
  PointerOf,
  /** A new object of class `name` from `list`; an array literal of `list` (R). */
  New,
  List,
  /** Entry a of the constant table `name`, which has one (I); none is greater than `m`. */
  Entry,
  /**
   * Operation `name` on the lanes of words (`list`), `n` being a constant operand; see `lane-operations.ts`. Until
   * forms of lanes are chosen.
   */
  Lane,
}

/**
 * What the index of a pointer was tested for: nothing, alignment (the index is signed or not), also bounds; or alignment
 * where it was not made of another index (`stepped`; `positive`: it is not negative either). `chosen` is
 * added where the access is an element of an array that was chosen for the pointer (`passes/chosen-arrays.ts`).
 */
export const Guard = {
  none: 0,
  unchecked: 1,
  aligned: 2,
  signed: 3,
  bounded: 4,
  stepped: 5,
  positive: 6,
  chosen: 8,
} as const;
/**
 * What is certain of an integer (bits of its `m`): a sum does not wrap, the product of two numbers is exact; it is not
 * negative.
 */
export const Certain = { small: 1, positive: 2 } as const;

/** The index of a pointer that fails its test: far from any other, whatever is added. */
export const NO_INDEX = -1e15;
/** The same where sums of any number of steps are made of it: infinite. */
export const NEVER_INDEX = Infinity;
/** Bytes behind a pointer that is in bounds which accesses through it reach; as in support/memory-views.js. */
export const REACH = 1024;

/** A variable that has the array which is chosen for an index, of this letter. */
export interface Choice {
  memory: number;
  kind: string;
  once: boolean;
}

/** The arrays that are chosen for an index. */
export interface Chosen {
  /** The letters of their elements. */
  kinds: readonly string[];
  memory: number;
  unit: number;
  /** So many elements behind the pointer are accessed. */
  beyond: number;
  /** It is assigned once, at entry: until then it has the usual arrays. */
  once: boolean;
}

/** A variable of the emitted function. */
export class Variable {
  /** Statements that assign it. */
  sets: Stmt[] = [];
  /** Number of reads, valid after the demand analysis. */
  gets = 0;
  /** Float: every value assigned is fully told by its number. */
  exact = true;
  /** Float: made by arithmetic, and its bits are taken at one place at most: its sign as a NaN is open. */
  fresh = false;
  /** Float, not exact: a NaN's bits are all that its number does not tell; others are not kept. */
  lazy = false;
  /** Float: engines must not know that it is a constant: what is assigned goes through memory. */
  hidden = false;
  /** Demand analysis: the number (or integer, reference) is read; the bits are read. */
  needNumber = false;
  needBits = false;
  /** Its assignment stays where it is: it must be evaluated whether or not its reader is. */
  pinned = false;
  /** Replaced by this constant (integer variables that only ever hold it). */
  constant: Node | undefined = undefined;
  /** A part of a value that travels in several parts: an i64's half, a float (number and bits). */
  composite = false;
  /** Index of the parameter of the emitted function, or -1. */
  param = -1;
  /** Number in the function that is being split, see `Flat`. */
  number = -1;
  /** The index of a pointer: the arrays that are chosen for that. */
  chosen: Chosen | undefined = undefined;

  constructor(
    readonly name: string,
    readonly type: IrType,
    /** Assigned at most once, or only right before its scope is left: reads never change. */
    readonly stable: boolean,
    /** Reads before any assignment give zero (a wasm local). */
    readonly zeroed: boolean,
  ) {}
}

/** What a call node calls. */
export interface CallTarget {
  kind: 'func' | 'view' | 'ref';
  /** kind func: function index; kind view: table index. */
  index: number;
  /** kind view, ref: type index. */
  type: number;
  /** kind view: the callable view's name (its index operand is `a`); kind ref: callee is `a`. */
  view: string;
  /** Does the callee want the bits of float arguments: one flag for each argument of `list`. */
  bits: boolean[] | undefined;
  /** kind view: can the table change while the arguments are evaluated? */
  changing: boolean;
  /** May the call replace a memory's view? */
  grows: boolean;
  /** kind func: nothing has taken the bits of its float result before it is returned. */
  fresh?: boolean;
  /** kind view: the only functions of that type, by element; the index is read once for each. */
  among?: readonly { element: number; func: number }[];
  /** kind view: the index names no function of that type, and calling traps. */
  traps?: boolean;
  /** kind ref: the callee is what that field of an object of that structure type holds. */
  method?: { struct: number; field: number; checked: boolean };
  /** JS name to call instead of the function's own (the body variant of a tail-calling function). */
  name: string | undefined;
}

/** Offset of the instruction that is being read, where nodes are to know the one they come from; else 0. */
let present = 0;

/**
 * Says which instruction nodes and statements come from that are made from now on.
 * @param offset in the module; 0: from none
 * @returns what was said before
 */
export function comesFrom(offset: number): number {
  const before = present;
  present = offset;
  return before;
}

/** An expression. One class for all operations, so that property access stays monomorphic. */
export class Node {
  list: Node[] | null = null;
  v: Variable | null = null;
  name = '';
  call: CallTarget | null = null;
  m = 0;
  memory = 0;
  /** Load, store: the logarithm of the alignment that the module says the address has; name, pointer: that it has. */
  align = 0;
  /** Load, store: what was tested of the pointer whose index c is, and the unit of that index (`Op.PointerIndex`). */
  guard = 0;
  unit = 0;
  /** Float: emitted as number (1), bits (2) or both (3); set by the demand analysis. */
  mode = 0;
  /** Store of a float: a NaN is written as the canonical one (`passes/nans.ts`). */
  guarded = false;
  /** Height of the tree. */
  depth = 0;
  /** Offset of the instruction that it comes from, see {@link comesFrom}. */
  at = present;

  constructor(
    readonly op: Op,
    readonly type: IrType,
    public fx: number,
    public a: Node | null,
    public b: Node | null,
    public c: Node | null,
    public n: number,
  ) {
    if (a !== null) {
      this.depth = a.depth + 1;
      if (b !== null && b.depth >= this.depth) this.depth = b.depth + 1;
      if (c !== null && c.depth >= this.depth) this.depth = c.depth + 1;
    }
  }
}

/** A branch target. */
export class Label {
  /** Number of branches to it. */
  uses = 0;
  /** Number in the function that is being split, position of the statement that has it (`Flat`). */
  number = -1;
  position = -1;
  /** Is the loop one around a switch over all that the function was taken apart into (`nesting.ts`)? Set there alone. */
  declare dispatches?: boolean;
  constructor(
    readonly id: number,
    readonly isLoop: boolean,
  ) {}
}

export enum S {
  /** Assigns e to v. */
  Set,
  /** Evaluates e for its effects. */
  Expr,
  /** A labelled sequence: a branch to its label leaves it. */
  Block,
  /** A labelled sequence: a branch to its label starts it again; its end leaves it. */
  Loop,
  /** e: condition, body, alt. */
  If,
  Br,
  /** e: index; targets: labels, default last; `cases`: the code behind labels inside it. */
  Switch,
  /** values: components of the results. */
  Return,
  /** Traps with the message `text`. */
  Trap,
  /** Nothing: what a pass has taken away. */
  Skip,
  /** Returns what the call e returns, without keeping this function's frame. */
  TailCall,
  /** Re-reads the memory views (after a call that may have grown a memory). */
  Reload,
  /** body; alt: the handler, which begins by looking at what was thrown (`Op.Thrown`). */
  Try,
  /** Throws the JavaScript value e. */
  Throw,
}

/** A statement. One class for all kinds. */
export class Stmt {
  v: Variable | null = null;
  e: Node | null = null;
  label: Label | null = null;
  body: Stmt[] | null = null;
  alt: Stmt[] | null = null;
  /** If: does the condition mostly hold? As the module says, or undefined. */
  likely: boolean | undefined = undefined;
  values: Node[] | null = null;
  targets: Label[] | null = null;
  /** Switch: code that stands inside it, in order; each falls through into the next. */
  cases: { label: Label; body: Stmt[] }[] | null = null;
  text = '';
  /** TailCall: in a body with handlers; the call is made behind these. */
  late = false;
  /** Position in the function that is being split, see `Flat`. */
  position = -1;
  /** Splitting: bytes that its own expressions take (-1: not known yet, see `ownWeight`). */
  weight = -1;
  /** Splitting: it goes on behind a part's call; no region begins or ends in front of it. */
  glued = false;
  /** Offset of the instruction that it comes from, see {@link comesFrom}. */
  at = present;
  constructor(public kind: S) {}
}

/** `Get` of a variable. */
export function get(v: Variable): Node {
  const node = new Node(Op.Get, v.type, v.stable ? 0 : Fx.readLocal, null, null, null, 0);
  node.v = v;
  return node;
}

/** Registers an assignment. Most variables have one, and an array that grows makes room for 17. */
export function addSet(v: Variable, stmt: Stmt): void {
  if (v.sets.length === 0) v.sets = [stmt];
  else v.sets.push(stmt);
}

/** Assignment statement; registers itself with the variable. */
export function setStmt(v: Variable, e: Node): Stmt {
  const stmt = new Stmt(S.Set);
  stmt.v = v;
  stmt.e = e;
  addSet(v, stmt);
  return stmt;
}

export function exprStmt(e: Node): Stmt {
  const stmt = new Stmt(S.Expr);
  stmt.e = e;
  return stmt;
}

/** A statement that is done where a condition holds. */
export function ifStmt(condition: Node, body: Stmt[]): Stmt {
  const stmt = new Stmt(S.If);
  stmt.e = condition;
  stmt.body = body;
  stmt.alt = [];
  return stmt;
}

/** What JavaScript threw, inside of a handler. */
export const thrownValue = (): Node => new Node(Op.Thrown, R, Fx.readState, null, null, null, 0);

/** A statement that throws a JavaScript value. */
export function throwStmt(value: Node): Stmt {
  const stmt = new Stmt(S.Throw);
  stmt.e = value;
  return stmt;
}

/** Sets the argument list of a node. */
export function setList(node: Node, list: Node[]): void {
  node.list = list;
  for (const arg of list) if (arg.depth >= node.depth) node.depth = arg.depth + 1;
}

/** Call of a support helper. @param name the library’s own, by which passes know it; what it is called, the printer asks */
export function helper(name: string, type: IrType, fx: number, list: Node[]): Node {
  let all = fx;
  for (const arg of list) all |= arg.fx;
  const node = new Node(Op.Helper, type, all, null, null, null, 0);
  node.name = name;
  setList(node, list);
  return node;
}

/** Reads an instance- or module-level name. */
export function nameNode(name: string, type: IrType, fx: number = Fx.readState): Node {
  const node = new Node(Op.Name, type, fx, null, null, null, 0);
  node.name = name;
  return node;
}

/** Assigns to an instance- or module-level name. */
export function setName(name: string, value: Node): Stmt {
  const node = new Node(Op.SetName, value.type, value.fx | Fx.writeState, value, null, null, 0);
  node.name = name;
  return exprStmt(node);
}

/** Writes a variable into an element of the array that an instance- or module-level name has. */
export function setNameAt(name: string, index: Node, v: Variable): Stmt {
  const node = new Node(Op.SetName, I, Fx.readLocal | Fx.writeState, get(v), index, null, 0);
  node.name = name;
  return exprStmt(node);
}

/** Does evaluating the expression read variable v? */
export function reads(node: Node, v: Variable): boolean {
  if (node.op === Op.Get) return node.v === v;
  if ((node.fx & Fx.readLocal) === 0) return false;
  if (node.a !== null && reads(node.a, v)) return true;
  if (node.b !== null && reads(node.b, v)) return true;
  if (node.c !== null && reads(node.c, v)) return true;
  if (node.list !== null) for (const arg of node.list) if (reads(arg, v)) return true;
  return false;
}

/** Calls `visit` with the operands of a node, in the order of `operands`. */
export function eachOperand(node: Node, visit: (operand: Node) => void): void {
  if (node.list !== null) for (const arg of node.list) visit(arg);
  if (node.a !== null) visit(node.a);
  if (node.b !== null) visit(node.b);
  if (node.c !== null) visit(node.c);
}

/** Puts others in the place of a node's operands: what `make` gives for each. */
export function replaceOperands(node: Node, make: (operand: Node) => Node): void {
  if (node.list !== null) node.list = node.list.map(make);
  if (node.a !== null) node.a = make(node.a);
  if (node.b !== null) node.b = make(node.b);
  if (node.c !== null) node.c = make(node.c);
}

/** Does an operand of the node fulfil the test? */
export function someOperand(node: Node, test: (operand: Node) => boolean): boolean {
  if (node.list !== null) for (const arg of node.list) if (test(arg)) return true;
  return (
    (node.a !== null && test(node.a)) ||
    (node.b !== null && test(node.b)) ||
    (node.c !== null && test(node.c))
  );
}

/** The operands of a node, in a new array. */
export function operands(node: Node): Node[] {
  const found: Node[] = node.list === null ? [] : [...node.list];
  if (node.a !== null) found.push(node.a);
  if (node.b !== null) found.push(node.b);
  if (node.c !== null) found.push(node.c);
  return found;
}

/** A loop around statements. */
export function loopStmt(label: Label, body: Stmt[]): Stmt {
  const loop = new Stmt(S.Loop);
  loop.label = label;
  loop.body = body;
  return loop;
}

/** Does control never reach the end of these statements (in front of index `end`)? */
export function endsAbruptly(body: Stmt[], end = body.length): boolean {
  const last = body[end - 1];
  if (last === undefined) return false;
  switch (last.kind) {
    case S.Br:
    case S.Return:
    case S.Trap:
    case S.TailCall:
    case S.Throw:
      return true;
    case S.Switch: {
      const arm = last.cases?.[last.cases.length - 1];
      return arm === undefined || endsAbruptly(arm.body);
    }
    case S.If:
    case S.Try:
      return endsAbruptly(last.body!) && endsAbruptly(last.alt!);
    case S.Loop:
      return endsAbruptly(last.body!);
    default:
      return false;
  }
}
