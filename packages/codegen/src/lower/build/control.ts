/**
 * The control frames of a function that is being built: gets the operand stack and the block types of the
 * reader, gives structured statements. A branch passes its values through variables of its target's frame;
 * nothing pending on the stack may be missed on any way out (`settle`).
 */
import {
  BLOCK_EMPTY,
  BLOCK_TYPE,
  type FuncType,
  type InstructionReader,
  opcodeId,
  type ValType,
} from '@wasm2js/decoder';
import { isExactNow } from '../analyses/floats.js';
import { branchCondition, isAtom } from '../ir/int.js';
import {
  conflicts,
  D,
  F,
  Fx,
  get,
  Label,
  type Node,
  Op,
  S,
  Stmt,
  setStmt,
  type Variable,
  WRITES,
} from '../ir/ir.js';
import { slotCount, slotTotal, slotType } from '../ir/slots.js';
import type { Frame } from './frame.js';
import { OperandStack } from './stack.js';

const END = opcodeId('end');
const DELEGATE = opcodeId('delegate');
const OPENS = new Set(['block', 'loop', 'if', 'try_table', 'try'].map(opcodeId));
/** What ends a part of the innermost construct and begins the next. */
const TURNS = new Set(['else', 'catch', 'catch_all'].map(opcodeId));

const NO_TYPES: ValType[] = [];

/** Frames that are this deep inside hand on results without copies. */
const DEEP = 32;

/** Of two variables that nothing reads yet, the one that takes the assignments of both. */
function merged(a: Variable, b: Variable): Variable {
  if (a === b) return a;
  const [few, many] = a.sets.length < b.sets.length ? [a, b] : [b, a];
  for (const set of few.sets) {
    set.v = many;
    many.sets.push(set);
  }
  few.sets = [];
  return many;
}

export abstract class ControlBuilder {
  readonly stack = new OperandStack();
  readonly frames: Frame[] = [];
  abstract readonly reader: InstructionReader;
  protected dead = false;
  /** Number of the frames around the body that is being read: 0, or those of the function it is inlined into. */
  protected floor = 0;
  /** The greatest number of frames so far. */
  protected deepest = 0;
  /** The last frame with results that was left: its statement and its results' variables. */
  private left: { stmt: Stmt; vars: Variable[] } | undefined;
  private labels = 0;

  /** @param type the function's type */
  constructor(readonly type: FuncType) {}

  /** What the module hints of the present branch. */
  protected abstract likely(): boolean | undefined;

  /** The function type with this type index. */
  abstract funcType(typeIndex: number): FuncType;

  /** Handles the `else`, `catch`, `catch_all`, `delegate` or `end` of the innermost frame, behind unreachable code. */
  protected abstract turn(): void;

  /** Skips unreachable code up to what ends a part of the present frame and handles that. */
  protected skipDead(): void {
    const reader = this.reader;
    while (this.dead && this.frames.length > this.floor) {
      let depth = 0;
      while (reader.next()) {
        const op = reader.op;
        if (OPENS.has(op)) depth++;
        else if (op === END || op === DELEGATE) {
          if (depth === 0) break;
          depth--;
        } else if (depth === 0 && TURNS.has(op)) break;
      }
      this.dead = false;
      this.turn();
    }
  }

  /** Code after this point is unreachable. */
  unreachable(): void {
    this.dead = true;
  }

  newLabel(isLoop: boolean): Label {
    return new Label(this.labels++, isLoop);
  }

  /** Index of the innermost try that handles what the body of a frame throws, beginning with itself; -1: none. */
  protected tryFrom(index: number): number {
    const frame = this.frames[index];
    return frame === undefined ? -1 : frame.kind === 'try' ? index : frame.tryAround;
  }

  protected pushFrame(
    kind: Frame['kind'],
    params: ValType[],
    results: ValType[],
    outer: Stmt[],
    body: Stmt[],
  ): Frame {
    const { slots, types } = this.stack;
    const frame: Frame = {
      kind,
      tryAround: this.tryFrom(this.frames.length - 1),
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
      start: body.length,
      stmt: undefined,
      thenEnds: false,
      handler: undefined,
    };
    this.frames.push(frame);
    if (this.frames.length > this.deepest) this.deepest = this.frames.length;
    this.stack.out = body;
    return frame;
  }

  /** Parameter and result types of the present block type. */
  protected blockTypes(): { params: ValType[]; results: ValType[] } {
    const { blockKind, blockType } = this.reader;
    if (blockKind === BLOCK_EMPTY) return { params: NO_TYPES, results: NO_TYPES };
    if (blockKind === BLOCK_TYPE) return this.funcType(blockType);
    return { params: NO_TYPES, results: [blockType] };
  }

  enterBlock(): void {
    const { params, results } = this.blockTypes();
    this.stack.spillAll();
    this.pushFrame('block', params, results, this.stack.out, this.stack.out);
  }

  enterLoop(): void {
    const { params, results } = this.blockTypes();
    const stack = this.stack;
    stack.spillAll();
    const frame = this.pushFrame('loop', params, results, stack.out, stack.out);
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
    frame.start = frame.body.length;
  }

  enterIf(): void {
    const { params, results } = this.blockTypes();
    const stack = this.stack;
    const condition = branchCondition(stack.pop());
    stack.spillAll();
    const stmt = new Stmt(S.If);
    stmt.likely = this.likely();
    stmt.e = condition;
    const frame = this.pushFrame('if', params, results, stack.out, []);
    frame.entry = stack.slots.slice(frame.slots);
    frame.stmt = stmt;
  }

  elseArm(reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
    if (reachable) this.setResults(frame);
    frame.stmt!.body = frame.body;
    frame.thenEnds = !reachable;
    frame.kind = 'else';
    frame.body = [];
    this.stack.out = frame.body;
    this.truncate(frame);
    for (const node of frame.entry) this.stack.slots.push(node);
    for (const type of frame.params) this.stack.types.push(type);
  }

  protected truncate(frame: Frame): void {
    this.stack.truncate(frame.slots, frame.values);
  }

  /** The variables of a frame's results. */
  protected resultVars(frame: Frame): Variable[] {
    if (frame.resultVars === undefined) {
      frame.resultVars = [];
      for (const type of frame.results)
        for (let i = 0; i < slotCount(type); i++)
          frame.resultVars.push(this.stack.temp(slotType(type)));
    }
    return frame.resultVars;
  }

  /** Evaluates what is pending above the frame and could be missed when it is left. */
  protected settle(fx: number): void {
    this.stack.flush(fx | Fx.trap);
  }

  /** Assigns the frame's result variables from the top of the stack, popping it. */
  protected setResults(frame: Frame): void {
    if (frame.results.length > 0 && !this.handOn(frame)) {
      this.assignAll(this.resultVars(frame), this.stack.popValues(frame.results.length));
    }
    this.settle(0);
  }

  /**
   * The results of the statement that has just ended are those of the frame, which ends, too: one set of variables
   * serves both, and nothing is copied between their ends. Deep inside only, where copies would keep chains of
   * ifs from being made flat; elsewhere variables are merged later (`coalesce.ts`).
   */
  private handOn(frame: Frame): boolean {
    const { out, slots } = this.stack;
    if (
      this.frames.length < DEEP ||
      this.left === undefined ||
      out[out.length - 1] !== this.left.stmt
    )
      return false;
    const { vars } = this.left;
    const first = slots.length - vars.length;
    if (vars.length !== slotTotal(frame.results)) return false;
    if (!vars.every((v, i) => slots[first + i]!.v === v && slots[first + i]!.op === Op.Get))
      return false;
    this.stack.popValues(frame.results.length);
    frame.resultVars = frame.resultVars?.map((v, i) => merged(v, vars[i]!)) ?? vars;
    return true;
  }

  /** Assigns variables that no node reads, or all at once. */
  protected assignAll(vars: Variable[], nodes: Node[]): void {
    let fx = 0;
    for (const node of nodes) fx |= node.fx;
    this.settle(fx);
    for (let i = 0; i < vars.length; i++) this.stack.out.push(setStmt(vars[i]!, nodes[i]!));
  }

  /** Ends the innermost frame. @param reachable whether control falls out of it */
  endFrame(reachable: boolean): void {
    const frame = this.frames[this.frames.length - 1]!;
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
      this.close(frame, frame.stmt!);
      this.leave(frame, true);
      return;
    }
    if (frame.kind === 'else') {
      if (reachable) this.setResults(frame);
      frame.stmt!.alt = frame.body;
      this.close(frame, frame.stmt!);
      this.leave(frame, reachable || !frame.thenEnds || frame.label.uses > 0);
      return;
    }
    if (frame.label.uses === 0) {
      // No branch: the statements stay in the outer list, the values where they are.
      this.frames.pop();
      if (!reachable) this.dead = true;
      return;
    }
    if (reachable) this.setResults(frame);
    const stmt = new Stmt(frame.kind === 'loop' ? S.Loop : S.Block);
    stmt.label = frame.label;
    stmt.body = frame.outer.splice(frame.start);
    frame.outer.push(stmt);
    this.leave(frame, reachable || frame.kind === 'block');
  }

  /** Puts a frame's finished statement in its place, inside a block where something branches to its end. */
  protected close(frame: Frame, stmt: Stmt): void {
    if (frame.label.uses > 0) {
      const block = new Stmt(S.Block);
      block.label = frame.label;
      block.body = [stmt];
      frame.outer.push(block);
    } else frame.outer.push(stmt);
  }

  /** Leaves a frame whose results are in its variables. */
  protected leave(frame: Frame, reachable: boolean): void {
    const stack = this.stack;
    this.frames.pop();
    stack.out = frame.outer;
    this.truncate(frame);
    if (!reachable) {
      this.dead = true;
      return;
    }
    if (frame.results.length > 0) {
      const vars = this.resultVars(frame);
      this.left = { stmt: frame.outer[frame.outer.length - 1]!, vars };
      for (const v of vars) stack.slots.push(get(v));
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

  protected jump(frame: Frame): Stmt {
    const stmt = new Stmt(S.Br);
    stmt.label = frame.label;
    frame.label.uses++;
    return stmt;
  }

  /** Pops the values of a branch to the frame into its variables. */
  protected passValues(frame: Frame): void {
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
    stmt.likely = this.likely();
    stmt.e = branchCondition(condition);
    stmt.alt = [];
    const values = stack.slots.slice(stack.slots.length - count);
    stmt.body = this.branchStatements(frame, values);
    stack.out.push(stmt);
  }

  /** Statements that take a branch with these values (atoms). */
  protected branchStatements(frame: Frame, values: Node[]): Stmt[] {
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
      // Each distinct target gets an arm of its own, which passes its values.
      const distinct = [...new Set(frames)];
      const labels = new Map<Frame, Label>();
      for (const frame of distinct) labels.set(frame, this.newLabel(false));
      stmt.targets = frames.map((frame) => {
        const label = labels.get(frame)!;
        label.uses++;
        return label;
      });
      stmt.cases = distinct.map((frame) => ({
        label: labels.get(frame)!,
        body: this.branchStatements(frame, values),
      }));
      stack.out.push(stmt);
    }
    this.unreachable();
  }

  /** Returns from the body that is being read. */
  return(): void {
    this.branch(this.frames.length - 1 - this.floor);
  }

  /** Pops the results and returns them. */
  private returnValues(): void {
    const stack = this.stack;
    const results = this.type.results;
    const count = slotTotal(results);
    // A float may be returned as number and bits.
    for (let depth = count - 1; depth >= 0; depth--) {
      const node = stack.slots[stack.slots.length - 1 - depth]!;
      if ((node.type === F || node.type === D) && !isExactNow(node)) stack.force(depth);
    }
    let nodes = stack.popValues(results.length);
    let rest = 0;
    for (let i = 1; i < nodes.length; i++) rest |= nodes[i]!.fx;
    const first = nodes.length > 0 ? nodes[0]!.fx : 0;
    this.settle(first | rest);
    // What is returned is evaluated last, behind the assignments to the channel.
    const writes = ((first | rest) & WRITES) !== 0;
    if (nodes.length > 1 && (writes || conflicts(first, rest)))
      nodes = nodes.map((node, i) => {
        if (!writes && i > 0) return node;
        const v = stack.temp(node.type);
        stack.out.push(setStmt(v, node));
        return get(v);
      });
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
}
