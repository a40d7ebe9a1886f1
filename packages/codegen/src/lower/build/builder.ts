/**
 * Builds the intermediate representation of one function: reads its instructions once, keeps the
 * symbolic operand stack and the control frames. What an instruction becomes is in `instructions/`.
 */
import {
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  InstructionReader,
  type Module,
  opcodeId,
  opcodeName,
  type Range,
  UnsupportedError,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import { AHEAD } from '../../ahead.js';
import type { ModuleContext } from '../../context.js';
import type { ModuleFacts } from '../facts/module-facts.js';
import type { Recursion } from '../facts/recursion.js';
import type { Signatures } from '../facts/signatures.js';
import { chargeMark } from '../ir/fuel.js';
import { constant, floatConst } from '../ir/int.js';
import {
  comesFrom,
  D,
  F,
  Fx,
  get,
  I,
  type Label,
  loopStmt,
  Node,
  Op,
  R,
  S,
  Stmt,
  setList,
  setStmt,
  Variable,
} from '../ir/ir.js';
import { slotCount, slotType } from '../ir/slots.js';
import { bulkCount, burn } from './bulk.js';
import { HandlerBuilder } from './handlers.js';
import { type Lowering, Lowerings } from './lowerings.js';

const NO_TYPES: ValType[] = [];

/** The result of building: statements and what the passes need to know. */
export interface FunctionIr {
  params: Variable[];
  /** Parameters by value: type and variables. */
  body: Stmt[];
  variables: Variable[];
  /** So many blocks are inside one another. */
  depth: number;
  /** Are there vectors? */
  vectors: boolean;
  /** So many sums of products there are. */
  sums: number;
}

const LOWERINGS = new Lowerings<FunctionBuilder>();

/** Registers the lowering of an instruction. @throws RangeError on an unknown mnemonic */
export const lowering = (mnemonic: string, lower: Lowering<FunctionBuilder>): void =>
  LOWERINGS.add(mnemonic, lower);

/** The lowering of an instruction that is part of another one; it is registered before that is lowered. */
export const loweringOf = (mnemonic: string): Lowering<FunctionBuilder> =>
  LOWERINGS.of(opcodeId(mnemonic))!;

/** Is the lowering of an opcode registered? */
export const isRegistered = (op: number): boolean => LOWERINGS.of(op) !== undefined;

export class FunctionBuilder extends HandlerBuilder {
  reader: InstructionReader;
  readonly module: Module;
  /** Components of each local. */
  locals: Variable[][] = [];
  localTypes: ValType[] = [];
  readonly params: Variable[] = [];
  selfLoop: Label | undefined;
  /** Is there a direct call of the function itself? */
  callsItself = false;
  /** Bytes of the bodies that were inlined; infinite: none is to be. */
  inlined = 0;

  constructor(
    readonly ctx: ModuleContext,
    readonly facts: ModuleFacts,
    readonly signatures: Signatures,
    /** Function index, or -1 for a constant expression. */
    readonly index: number,
    type: FuncType,
    range: Range,
    /** Which calls are worth inlining, where any is to be. */
    readonly recursion?: Recursion,
  ) {
    super(type);
    this.module = ctx.module;
    this.reader = new InstructionReader(
      ctx.module.bytes,
      range.start,
      range.end,
      index < 0 ? undefined : index,
    );
  }

  protected override likely(): boolean | undefined {
    return this.facts.hints.get(this.reader.offset);
  }

  /** The function type with this type index. */
  funcType(typeIndex: number): FuncType {
    return this.module.types[typeIndex]!.comp as FuncType;
  }

  protected override tagParams(tag: number): ValType[] {
    return this.funcType(this.module.tagTypes[tag]!.type).params;
  }

  /** Type of the function with this index. */
  funcTypeOf(funcIndex: number): FuncType {
    return this.funcType(this.module.funcTypes[funcIndex]!);
  }

  /** Refuses the present instruction. */
  unsupported(what = opcodeName(this.reader.op)): never {
    throw new UnsupportedError(`unsupported instruction ${what}`, {
      offset: this.reader.offset,
      func: this.index < 0 ? undefined : this.index,
    });
  }

  private declareLocal(type: ValType, isParam: boolean): void {
    const id = this.locals.length;
    const base = `${isParam ? 'p' : 'l'}${id}`;
    const count = slotCount(type);
    const parts: Variable[] = [];
    for (let i = 0; i < count; i++) {
      const name = count === 2 ? (i ? `${base}h` : base) : count === 4 ? base + 'abcd'[i] : base;
      const v = new Variable(name, slotType(type), false, !isParam);
      v.composite = type !== I32 && slotType(type) !== R;
      if (isParam) {
        v.param = this.params.length;
        this.params.push(v);
      }
      parts.push(v);
      this.stack.variables.push(v);
    }
    this.locals.push(parts);
    this.localTypes.push(type);
  }

  /** Reads all instructions. @throws UnsupportedError naming instruction, function and offset */
  build(localGroups: { count: number; type: ValType }[]): FunctionIr {
    const before = comesFrom(0);
    try {
      return this.read(localGroups);
    } finally {
      comesFrom(before);
    }
  }

  private read(localGroups: { count: number; type: ValType }[]): FunctionIr {
    for (const type of this.type.params) this.declareLocal(type, true);
    for (const { count, type } of localGroups)
      for (let i = 0; i < count; i++) this.declareLocal(type, false);
    const body: Stmt[] = [];
    this.stack.out = body;
    this.pushFrame('func', NO_TYPES, this.type.results, body, body);
    this.readBody();
    const whole = this.selfLoop === undefined ? body : [loopStmt(this.selfLoop, body)];
    const { variables, vectors, sums } = this.stack;
    return { params: this.params, body: whole, variables, depth: this.deepest, vectors, sums };
  }

  /** Lowers the instructions of the reader until the frame that they are in has ended. */
  private readBody(): void {
    const { reader } = this;
    const { positions, fuel } = this.ctx;
    const metered = fuel !== undefined;
    while (this.frames.length > this.floor && reader.next()) {
      if (positions) comesFrom(reader.offset);
      const lower = LOWERINGS.of(reader.op);
      if (lower === undefined) this.unsupported();
      const { op } = reader;
      const count = AHEAD && metered ? bulkCount(op, this.stack) : undefined;
      lower(this);
      if (AHEAD && count) this.stack.effect(burn(this.ctx.helper('_burn'), op, count));
      if (this.dead) this.skipDead();
    }
  }

  /** Is a call of this function to be inlined here? What is inlined has calls as they are. */
  inlines(callee: number): boolean {
    const bytes =
      this.floor > 0 || this.isProtected
        ? 0
        : (this.recursion?.taken(this.index, callee, this.inlined) ?? 0);
    this.inlined += bytes;
    return bytes > 0;
  }

  /** Takes the arguments of a call from the stack and leaves its results, by the instructions of its body. */
  inline(callee: number): void {
    const { stack, module } = this;
    const { params, results } = this.funcTypeOf(callee);
    const { body, locals } = module.funcs[callee - module.importCounts.func]!;
    const { reader, floor, localTypes, locals: own } = this;
    // As before a block: what waits was evaluated before the call.
    stack.spillAll();
    const values = stack.popValues(params.length);
    this.locals = [];
    this.localTypes = [];
    let slot = 0;
    const declare = (type: ValType, initial: readonly Node[]): void => {
      this.localTypes.push(type);
      this.locals.push(
        initial.map((node) => {
          const v = stack.carrier(node.type);
          v.composite = type !== I32 && slotType(type) !== R;
          stack.out.push(setStmt(v, node));
          return v;
        }),
      );
    };
    for (const type of params) {
      const count = slotCount(type);
      declare(type, values.slice(slot, slot + count));
      slot += count;
    }
    for (const { count, type } of locals)
      for (let i = 0; i < count; i++) declare(type, this.zero(type));
    this.reader = new InstructionReader(module.bytes, body.start, body.end, callee);
    this.floor = this.frames.length;
    this.pushFrame('block', NO_TYPES, results, stack.out, stack.out);
    if (AHEAD && this.ctx.fuel !== undefined) stack.out.push(chargeMark());
    this.readBody();
    this.reader = reader;
    this.floor = floor;
    this.locals = own;
    this.localTypes = localTypes;
  }

  /** A tail call of the function itself: assigns the parameters and starts again. */
  restart(params: ValType[]): void {
    const stack = this.stack;
    this.selfLoop ??= this.newLabel(true);
    const nodes = stack.popValues(params.length);
    let fx = 0;
    for (const node of nodes) fx |= node.fx;
    this.settle(fx);
    const values = nodes.map((node) => {
      if (node.op === Op.Const) return node;
      const v = stack.temp(node.type);
      stack.out.push(setStmt(v, node));
      return get(v);
    });
    values.forEach((node, i) => {
      stack.out.push(setStmt(this.params[i]!, node));
    });
    for (let i = params.length; i < this.locals.length; i++) {
      const zero = this.zero(this.localTypes[i]!);
      this.locals[i]!.forEach((v, part) => {
        stack.out.push(setStmt(v, zero[part]!));
      });
    }
    const stmt = new Stmt(S.Br);
    stmt.label = this.selfLoop;
    this.selfLoop.uses++;
    stack.out.push(stmt);
    this.unreachable();
  }

  /** The zero (or null) value of a type, by component. */
  zero(type: ValType): Node[] {
    if (type === F32) return [floatConst(F, 0, 0)];
    if (type === F64) return [floatConst(D, 0, 0)];
    if (type === I64) return [constant(0), constant(0)];
    if (type === V128) return [constant(0), constant(0), constant(0), constant(0)];
    if (slotType(type) === I) return [constant(0)];
    return [new Node(Op.Null, R, 0, null, null, null, 0)];
  }

  /**
   * Prepares to pop a 64-bit address that has operands of so many slots above it. It is tested where it
   * is evaluated, which is before those, and must not trap before they do, or do anything.
   */
  settleAbove(addr64: boolean, slots: number): void {
    if (addr64) this.stack.settleTop(slots, Fx.trap);
  }

  /**
   * Pops an operand of address type: an i32 expression, or for 64-bit addresses one that traps
   * with `helper` when the high half is not zero.
   */
  popAddress(addr64: boolean, helperName: '_addr64' | '_table64' | '_call64'): Node {
    if (!addr64) return this.stack.pop();
    const [lo, hi] = this.stack.popValue() as [Node, Node];
    if (hi.op === Op.Const && hi.n === 0) return lo;
    const trap = helperName === '_addr64' ? Fx.trapMemory : Fx.trap;
    const node = new Node(Op.Helper, I, lo.fx | hi.fx | trap, null, null, null, 0);
    node.name = this.ctx.helper(helperName);
    setList(node, [lo, hi]);
    return node;
  }

  /** Pushes a size or index result of the address type. */
  pushAddress(addr64: boolean, node: Node, hi: (lo: Node) => Node): void {
    if (!addr64) {
      this.stack.push(0x7f, node);
      return;
    }
    const lo = this.stack.toTemp(node);
    this.stack.push64(lo, hi(lo));
  }
}
