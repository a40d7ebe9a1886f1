/**
 * Builds the intermediate representation of one function: reads its instructions once, keeps the
 * symbolic operand stack and the control frames. What an instruction becomes is in `instructions/`.
 */
import {
  BLOCK_EMPTY,
  BLOCK_TYPE,
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
import type { ModuleContext } from '../context.js';
import { foldConstants } from './constants.js';
import type { ModuleFacts } from './facts.js';
import type { Frame } from './frame.js';
import { branchCondition, constant, floatConst, isAtom } from './int.js';
import {
  D,
  endsAbruptly,
  F,
  Fx,
  get,
  I,
  Label,
  loopStmt,
  Node,
  Op,
  R,
  S,
  Stmt,
  setList,
  setStmt,
  Variable,
} from './ir.js';
import { loweringOf } from './lowerings.js';
import { isExactNow, type Signatures } from './signatures.js';
import { OperandStack, slotCount, slotTotal, slotType } from './stack.js';
import { splitWebs } from './webs.js';

const ELSE = opcodeId('else');
const END = opcodeId('end');
const BLOCK = opcodeId('block');
const LOOP = opcodeId('loop');
const IF = opcodeId('if');
const TRY_TABLE = opcodeId('try_table');
const OPENS = new Set([BLOCK, LOOP, IF, TRY_TABLE, opcodeId('try')]);

const NO_TYPES: ValType[] = [];

/** The result of building: statements and what the passes need to know. */
export interface FunctionIr {
  params: Variable[];
  /** Parameters by value: type and variables. */
  body: Stmt[];
  variables: Variable[];
}

export class FunctionBuilder {
  readonly stack = new OperandStack();
  readonly reader: InstructionReader;
  readonly frames: Frame[] = [];
  readonly module: Module;
  /** Components of each local. */
  readonly locals: Variable[][] = [];
  readonly localTypes: ValType[] = [];
  readonly params: Variable[] = [];
  selfLoop: Label | undefined;
  /** Is there a direct call of the function itself? */
  callsItself = false;
  private labels = 0;
  private dead = false;

  constructor(
    readonly ctx: ModuleContext,
    readonly facts: ModuleFacts,
    readonly signatures: Signatures,
    /** Function index, or -1 for a constant expression. */
    readonly index: number,
    readonly type: FuncType,
    range: Range,
  ) {
    this.module = ctx.module;
    this.reader = new InstructionReader(
      ctx.module.bytes,
      range.start,
      range.end,
      index < 0 ? undefined : index,
    );
  }

  /** The function type with this type index. */
  funcType(typeIndex: number): FuncType {
    return this.module.types[typeIndex]!.comp as FuncType;
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
    for (const type of this.type.params) this.declareLocal(type, true);
    for (const { count, type } of localGroups)
      for (let i = 0; i < count; i++) this.declareLocal(type, false);
    const body: Stmt[] = [];
    this.stack.out = body;
    this.pushFrame('func', NO_TYPES, this.type.results, body, body);
    const reader = this.reader;
    while (this.frames.length > 0 && reader.next()) {
      const lower = loweringOf(reader.op);
      if (lower === undefined) this.unsupported();
      lower(this);
      if (this.dead) this.skipDead();
    }
    const whole = this.selfLoop === undefined ? body : [loopStmt(this.selfLoop, body)];
    splitWebs(whole, this.stack.variables);
    foldConstants(whole, this.stack.variables);
    return { params: this.params, body: whole, variables: this.stack.variables };
  }

  /** Skips unreachable code up to the `else` or `end` of the present frame and handles that. */
  private skipDead(): void {
    const reader = this.reader;
    while (this.dead && this.frames.length > 0) {
      let depth = 0;
      while (reader.next()) {
        const op = reader.op;
        if (OPENS.has(op)) depth++;
        else if (op === END) {
          if (depth === 0) break;
          depth--;
        } else if (op === ELSE && depth === 0) break;
      }
      this.dead = false;
      if (reader.op === ELSE) this.elseArm(false);
      else this.endFrame(false);
    }
  }

  /** Code after this point is unreachable. */
  unreachable(): void {
    this.dead = true;
  }

  newLabel(isLoop: boolean): Label {
    return new Label(this.labels++, isLoop);
  }

  private pushFrame(
    kind: Frame['kind'],
    params: ValType[],
    results: ValType[],
    outer: Stmt[],
    body: Stmt[],
  ): Frame {
    const { slots, types } = this.stack;
    const frame: Frame = {
      kind,
      label: this.newLabel(kind === 'loop'),
      slots: slots.length - slotTotal(params),
      values: types.length - params.length,
      params,
      results,
      resultVars: undefined,
      paramVars: undefined,
      entry: [],
      outer,
      body,
      stmt: undefined,
    };
    this.frames.push(frame);
    this.stack.out = body;
    return frame;
  }

  /** Parameter and result types of the present block type. */
  private blockTypes(): { params: ValType[]; results: ValType[] } {
    const { blockKind, blockType } = this.reader;
    if (blockKind === BLOCK_EMPTY) return { params: NO_TYPES, results: NO_TYPES };
    if (blockKind === BLOCK_TYPE) return this.funcType(blockType);
    return { params: NO_TYPES, results: [blockType] };
  }

  enterBlock(): void {
    const { params, results } = this.blockTypes();
    this.stack.spillAll();
    this.pushFrame('block', params, results, this.stack.out, []);
  }

  enterLoop(): void {
    const { params, results } = this.blockTypes();
    const stack = this.stack;
    stack.spillAll();
    const frame = this.pushFrame('loop', params, results, stack.out, []);
    if (params.length === 0) return;
    const vars: Variable[] = [];
    for (let i = frame.slots; i < stack.slots.length; i++) {
      const node = stack.slots[i]!;
      const v = stack.carrier(node.type);
      frame.outer.push(setStmt(v, node));
      stack.replace(i, get(v));
      vars.push(v);
    }
    frame.paramVars = vars;
  }

  enterIf(): void {
    const { params, results } = this.blockTypes();
    const stack = this.stack;
    const condition = branchCondition(stack.pop());
    stack.spillAll();
    const stmt = new Stmt(S.If);
    stmt.e = condition;
    const frame = this.pushFrame('if', params, results, stack.out, []);
    frame.entry = stack.slots.slice(frame.slots);
    frame.stmt = stmt;
  }

  elseArm(reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    if (reachable) this.setResults(frame);
    frame.stmt!.body = frame.body;
    frame.kind = 'else';
    frame.body = [];
    this.stack.out = frame.body;
    this.truncate(frame);
    for (const node of frame.entry) this.stack.slots.push(node);
    for (const type of frame.params) this.stack.types.push(type);
  }

  private truncate(frame: Frame): void {
    this.stack.truncate(frame.slots, frame.values);
  }

  /** The variables of a frame's results. */
  private resultVars(frame: Frame): Variable[] {
    if (frame.resultVars === undefined) {
      frame.resultVars = [];
      for (const type of frame.results)
        for (let i = 0; i < slotCount(type); i++)
          frame.resultVars.push(this.stack.temp(slotType(type)));
    }
    return frame.resultVars;
  }

  /** Evaluates what is pending above the frame and could be missed when it is left. */
  private settle(fx: number): void {
    this.stack.flush(fx | Fx.trap);
  }

  /** Assigns the frame's result variables from the top of the stack, popping it. */
  private setResults(frame: Frame): void {
    if (frame.results.length > 0) {
      this.assignAll(this.resultVars(frame), this.stack.popValues(frame.results.length));
    }
    this.settle(0);
  }

  /** Assigns variables that no node reads, or all at once. */
  private assignAll(vars: Variable[], nodes: Node[]): void {
    let fx = 0;
    for (const node of nodes) fx |= node.fx;
    this.settle(fx);
    for (let i = 0; i < vars.length; i++) this.stack.out.push(setStmt(vars[i]!, nodes[i]!));
  }

  /** Ends the innermost frame. @param reachable whether control falls out of it */
  endFrame(reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    const stack = this.stack;
    if (frame.kind === 'func') {
      if (reachable) this.returnValues();
      this.frames.pop();
      this.dead = false;
      return;
    }
    if (frame.kind === 'if') {
      // A missing else passes the parameters on.
      if (reachable) this.setResults(frame);
      frame.stmt!.body = frame.body;
      frame.stmt!.alt = [];
      if (frame.results.length > 0) {
        const vars = this.resultVars(frame);
        for (let i = 0; i < vars.length; i++)
          frame.stmt!.alt.push(setStmt(vars[i]!, frame.entry[i]!));
      }
      this.closeIf(frame);
      this.leave(frame, true);
      return;
    }
    if (frame.kind === 'else') {
      if (reachable) this.setResults(frame);
      frame.stmt!.alt = frame.body;
      const firstEnds = endsAbruptly(frame.stmt!.body!);
      this.closeIf(frame);
      this.leave(frame, reachable || !firstEnds || frame.label.uses > 0);
      return;
    }
    if (frame.kind === 'block' && frame.label.uses === 0) {
      // No branch: the statements belong to the outer list, the values stay where they are.
      for (const stmt of frame.body) frame.outer.push(stmt);
      stack.out = frame.outer;
      this.frames.pop();
      if (!reachable) this.dead = true;
      return;
    }
    if (frame.kind === 'loop' && frame.label.uses === 0) {
      for (const stmt of frame.body) frame.outer.push(stmt);
      stack.out = frame.outer;
      this.frames.pop();
      if (!reachable) this.dead = true;
      return;
    }
    if (reachable) this.setResults(frame);
    const stmt = new Stmt(frame.kind === 'loop' ? S.Loop : S.Block);
    stmt.label = frame.label;
    stmt.body = frame.body;
    frame.outer.push(stmt);
    this.leave(frame, reachable || frame.kind === 'block');
  }

  private closeIf(frame: Frame): void {
    const stmt = frame.stmt!;
    if (frame.label.uses > 0) {
      const block = new Stmt(S.Block);
      block.label = frame.label;
      block.body = [stmt];
      frame.outer.push(block);
    } else frame.outer.push(stmt);
  }

  /** Leaves a frame whose results are in its variables. */
  private leave(frame: Frame, reachable: boolean): void {
    const stack = this.stack;
    this.frames.pop();
    stack.out = frame.outer;
    this.truncate(frame);
    if (!reachable) {
      this.dead = true;
      return;
    }
    if (frame.results.length > 0) {
      for (const v of this.resultVars(frame)) stack.slots.push(get(v));
      for (const type of frame.results) stack.types.push(type);
    }
  }

  /** Emits the branch to the frame `depth` levels out; pops its values. */
  branch(depth: number): void {
    const frame = this.frames[this.frames.length - 1 - depth]!;
    if (frame.kind === 'func') {
      this.returnValues();
      return;
    }
    this.passValues(frame);
    this.stack.out.push(this.jump(frame));
    this.unreachable();
  }

  private jump(frame: Frame): Stmt {
    const stmt = new Stmt(S.Br);
    stmt.label = frame.label;
    frame.label.uses++;
    return stmt;
  }

  /** Pops the values of a branch to the frame into its variables. */
  private passValues(frame: Frame): void {
    const isLoop = frame.kind === 'loop';
    const types = isLoop ? frame.params : frame.results;
    if (types.length === 0) {
      this.settle(0);
      return;
    }
    const vars = isLoop ? frame.paramVars! : this.resultVars(frame);
    let nodes = this.stack.popValues(types.length);
    if (isLoop && nodes.length > 1) {
      let fx = 0;
      for (const node of nodes) fx |= node.fx;
      this.settle(fx);
      nodes = nodes.map((node) => {
        if (node.op === Op.Const) return node;
        const v = this.stack.temp(node.type);
        this.stack.out.push(setStmt(v, node));
        return get(v);
      });
    }
    this.assignAll(vars, nodes);
  }

  /** A conditional branch; the values stay on the stack. */
  branchIf(depth: number, condition: Node): void {
    const frame = this.frames[this.frames.length - 1 - depth]!;
    const types = frame.kind === 'loop' ? frame.params : frame.results;
    const stack = this.stack;
    const count = slotTotal(types);
    if (count > 0) {
      // The values are needed on both ways; the condition comes after them.
      const first = stack.slots.length - count;
      let atoms = true;
      for (let i = first; i < stack.slots.length; i++) atoms &&= isAtom(stack.slots[i]!);
      if (!atoms) stack.forceTop(count);
    }
    this.settle(condition.fx);
    const stmt = new Stmt(S.If);
    stmt.e = branchCondition(condition);
    stmt.alt = [];
    const values = stack.slots.slice(stack.slots.length - count);
    stmt.body = this.branchStatements(frame, values);
    stack.out.push(stmt);
  }

  /** Statements that take a branch with these values (atoms). */
  private branchStatements(frame: Frame, values: Node[]): Stmt[] {
    const out: Stmt[] = [];
    if (frame.kind === 'func') {
      const stmt = new Stmt(S.Return);
      stmt.values = values;
      out.push(stmt);
      return out;
    }
    if (values.length > 0) {
      const isLoop = frame.kind === 'loop';
      const vars = isLoop ? frame.paramVars! : this.resultVars(frame);
      if (isLoop && values.length > 1) {
        values = values.map((node) => {
          if (node.op !== Op.Get) return node;
          const v = this.stack.temp(node.type);
          out.push(setStmt(v, node));
          return get(v);
        });
      }
      for (let i = 0; i < vars.length; i++) out.push(setStmt(vars[i]!, values[i]!));
    }
    out.push(this.jump(frame));
    return out;
  }

  /** br_table. */
  branchTable(targets: number[], index: Node): void {
    const stack = this.stack;
    const frames = targets.map((depth) => this.frames[this.frames.length - 1 - depth]!);
    const last = frames[frames.length - 1]!;
    const types = last.kind === 'loop' ? last.params : last.results;
    const count = slotTotal(types);
    if (count > 0) stack.forceTop(count);
    this.settle(index.fx);
    const values = stack.slots.slice(stack.slots.length - count);
    const stmt = new Stmt(S.Switch);
    stmt.e = index;
    if (count === 0 && frames.every((frame) => frame.kind !== 'func')) {
      stmt.targets = frames.map((frame) => {
        frame.label.uses++;
        return frame.label;
      });
      stack.out.push(stmt);
    } else {
      // Each distinct target gets a block of its own, behind which its values are passed.
      const distinct = [...new Set(frames)];
      const labels = new Map<Frame, Label>();
      for (const frame of distinct) labels.set(frame, this.newLabel(false));
      stmt.targets = frames.map((frame) => {
        const label = labels.get(frame)!;
        label.uses++;
        return label;
      });
      let inner: Stmt[] = [stmt];
      for (const frame of distinct) {
        const block = new Stmt(S.Block);
        block.label = labels.get(frame)!;
        block.body = inner;
        inner = [block, ...this.branchStatements(frame, values)];
      }
      for (const item of inner) stack.out.push(item);
    }
    this.unreachable();
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

  /** Pops the results and returns them. */
  returnValues(): void {
    const stack = this.stack;
    const results = this.type.results;
    const count = slotTotal(results);
    // A float may be returned as number and bits.
    for (let depth = count - 1; depth >= 0; depth--) {
      const node = stack.slots[stack.slots.length - 1 - depth]!;
      if ((node.type === F || node.type === D) && !isExactNow(node)) stack.force(depth);
    }
    let nodes = stack.popValues(results.length);
    let fx = 0;
    let writes = false;
    for (const node of nodes) {
      fx |= node.fx;
      writes ||= (node.fx & (Fx.writeMemory | Fx.writeState)) !== 0;
    }
    this.settle(fx);
    if (nodes.length > 1 && writes) {
      nodes = nodes.map((node) => {
        const v = stack.temp(node.type);
        stack.out.push(setStmt(v, node));
        return get(v);
      });
    }
    const stmt = new Stmt(S.Return);
    stmt.values = nodes;
    stack.out.push(stmt);
    this.unreachable();
  }

  /** Traps with the message. */
  trap(message: string): void {
    this.settle(0);
    const stmt = new Stmt(S.Trap);
    stmt.text = message;
    this.stack.out.push(stmt);
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
   * Pops an operand of address type: an i32 expression, or for 64-bit addresses one that traps
   * with `helper` when the high half is not zero.
   */
  popAddress(addr64: boolean, helperName: string): Node {
    if (!addr64) return this.stack.pop();
    const [lo, hi] = this.stack.popValue() as [Node, Node];
    if (hi.op === Op.Const && hi.n === 0) return lo;
    const node = new Node(Op.Helper, I, lo.fx | hi.fx | Fx.trapMemory, null, null, null, 0);
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
