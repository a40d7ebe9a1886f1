/**
 * The symbolic operand stack: values that the program has computed and not used yet, as expression
 * trees. An expression stays on the stack until it is used, unless a statement emitted meanwhile
 * could change what it evaluates to; then it is spilled into a variable first.
 */
import { I64, V128, type ValType } from '@wasm2js/decoder';
import { isAtom } from '../ir/int.js';
import {
  conflicts,
  exprStmt,
  Fx,
  get,
  type IrType,
  type Node,
  Op,
  reads,
  type Stmt,
  setStmt,
  Variable,
} from '../ir/ir.js';
import { isLane, likeLane } from '../ir/lanes.js';
import { slotCount } from '../ir/slots.js';

/** So many slots may wait to be evaluated: each statement looks at them. */
const MAX_WAITING = 256;

/** Trees higher than this are cut: passes, printers and engines' parsers recurse over them. */
const MAX_DEPTH = 60;

/**
 * Will the node be the same whatever is executed meanwhile, and cost nothing to repeat? (A word of a
 * float lane stays what it is: whoever needs it as an integer more than once keeps it.)
 */
const isSettled = (node: Node): boolean =>
  (node.fx & Fx.readLocal) === 0 && (isAtom(node) || (isLane(node) && node.a!.op === Op.Get));

export class OperandStack {
  /** One node for each component, bottom first. */
  readonly slots: Node[] = [];
  /** One type for each value. */
  readonly types: ValType[] = [];
  /** Where statements go at present. */
  out: Stmt[] = [];
  /** All variables of the function. */
  readonly variables: Variable[] = [];
  /** Has an instruction taken or made a vector? */
  vectors = false;
  /** So many sums of products have been made. */
  sums = 0;
  private temps = 0;
  /** So many slots from the bottom are known to be settled: no statement changes what they are. */
  private settled = 0;

  /** A new variable of the emitted function that is assigned once (or `stable` otherwise). */
  temp(type: IrType): Variable {
    const v = new Variable(`t${this.temps++}`, type, true, false);
    this.variables.push(v);
    return v;
  }

  /** A new variable that carries a loop's parameter from one round to the next. */
  carrier(type: IrType): Variable {
    const v = new Variable(`t${this.temps++}`, type, false, false);
    this.variables.push(v);
    return v;
  }

  push(type: ValType, node: Node): void {
    this.slots.push(node);
    this.types.push(type);
    this.bound(1);
  }

  push64(lo: Node, hi: Node): void {
    this.slots.push(lo, hi);
    this.types.push(I64);
    this.bound(2);
  }

  /** Pushes a value of any type from its components. */
  pushValue(type: ValType, nodes: readonly Node[]): void {
    for (const node of nodes) this.slots.push(node);
    this.types.push(type);
    this.bound(nodes.length);
  }

  /** Pushes the four words of a vector. */
  pushVector(words: readonly Node[]): void {
    this.vectors = true;
    this.pushValue(V128, words);
  }

  /** Evaluates what waits for too long, and of the top `count` slots what is too high. */
  private bound(count: number): void {
    if (this.slots.length > this.settled + MAX_WAITING) this.relieve();
    for (let depth = count - 1; depth >= 0; depth--)
      if (this.slots[this.slots.length - 1 - depth]!.depth > MAX_DEPTH) this.force(depth);
  }

  /** Pops a value of one slot. */
  pop(): Node {
    this.types.pop();
    return this.popSlot();
  }

  /** Pops a component; the types stay. */
  popSlot(): Node {
    const node = this.slots.pop()!;
    if (this.settled > this.slots.length) this.settled = this.slots.length;
    return node;
  }

  /** Pops components, in order; the types stay. */
  popSlots(count: number): Node[] {
    const first = this.slots.length - count;
    if (this.settled > first) this.settled = first;
    return this.slots.splice(first);
  }

  /** Pops down to this number of components and values. */
  truncate(slots: number, values: number): void {
    this.slots.length = slots;
    this.types.length = values;
    if (this.settled > slots) this.settled = slots;
  }

  /** Puts another node into a slot. */
  replace(index: number, node: Node): void {
    this.slots[index] = node;
    if (this.settled > index) this.settled = index;
  }

  /** Pops a value of any type; its components. */
  popValue(): Node[] {
    const type = this.types.pop()!;
    return this.popSlots(slotCount(type));
  }

  /** Pops `count` values; all their components in order. */
  popValues(count: number): Node[] {
    let slots = 0;
    for (let i = 0; i < count; i++) slots += slotCount(this.types.pop()!);
    return slots === 0 ? [] : this.popSlots(slots);
  }

  /** Makes the slot `depth` from the top an atom (0: top); evaluation order is kept. */
  force(depth: number): Node {
    const index = this.slots.length - 1 - depth;
    this.spill(index);
    return this.slots[index]!;
  }

  /** Makes the last value, an integer, an atom; its lower half, if it has two. */
  forceLast(): Node {
    if (this.types.at(-1) !== I64) return this.force(0);
    const low = this.force(1);
    this.force(0);
    return low;
  }

  /** Makes the top `count` slots atoms, in order. */
  forceTop(count: number): void {
    for (let depth = count - 1; depth >= 0; depth--) this.force(depth);
  }

  /** Makes those of the top `count` slots atoms that must not be evaluated after effects `fx`. */
  settleTop(count: number, fx: number): void {
    for (let depth = count - 1; depth >= 0; depth--)
      if (conflicts(this.slots[this.slots.length - 1 - depth]!.fx, fx)) this.force(depth);
  }

  /** The first slot that may be something else than a constant or a stable read. */
  private unsettled(): number {
    const { slots } = this;
    let index = this.settled;
    while (index < slots.length && isSettled(slots[index]!)) index++;
    this.settled = index;
    return index;
  }

  /** Evaluates the lowest slots while too many wait. */
  private relieve(): void {
    while (this.slots.length > this.unsettled() + MAX_WAITING) this.materialise(this.settled);
  }

  private spill(index: number): void {
    const node = this.slots[index]!;
    if (isAtom(node)) return;
    this.spillBelow(index, node.fx);
    this.materialise(index);
  }

  private materialise(index: number): void {
    const node = this.slots[index]!;
    if (isSettled(node)) return;
    // The word of a float lane waits as the float.
    const value = isLane(node) ? node.a! : node;
    const v = this.temp(value.type);
    this.out.push(setStmt(v, value));
    this.slots[index] = value === node ? get(v) : likeLane(node, get(v));
  }

  /** Spills those slots below `index` that must not be evaluated after effects `fx`. */
  private spillBelow(index: number, fx: number): void {
    if (fx === 0 || fx === Fx.readLocal) return;
    let first = -1;
    let all = fx;
    const slots = this.slots;
    const lowest = this.unsettled();
    for (let i = index - 1; i >= lowest; i--) {
      if (conflicts(slots[i]!.fx, all)) {
        all |= slots[i]!.fx;
        first = i;
      }
    }
    if (first < 0) return;
    // Everything from the first one on that does anything else than read locals moves along.
    for (let i = first; i < index; i++)
      if ((slots[i]!.fx & ~Fx.readLocal) !== 0) this.materialise(i);
  }

  /** Prepares for a statement with effects `fx` whose operands are popped already. */
  flush(fx: number): void {
    this.spillBelow(this.slots.length, fx);
  }

  /** Emits a statement that evaluates `node` (operands popped) for its effects. */
  effect(node: Node): void {
    this.flush(node.fx);
    this.out.push(exprStmt(node));
  }

  /** Emits a statement whose operands are popped and whose effects are `fx`. */
  emit(stmt: Stmt, fx: number): void {
    this.flush(fx);
    this.out.push(stmt);
  }

  /** Emits `v = node` after saving pending reads of v. */
  assign(v: Variable, node: Node): void {
    if (!v.stable) this.saveReads(v);
    this.flush(node.fx);
    this.out.push(setStmt(v, node));
  }

  /** Spills pending expressions that read v, which is about to change. */
  saveReads(v: Variable): void {
    for (let i = this.unsettled(); i < this.slots.length; i++) {
      const node = this.slots[i]!;
      if ((node.fx & Fx.readLocal) !== 0 && reads(node, v)) {
        this.spillBelow(i, node.fx);
        this.materialise(i);
      }
    }
  }

  /** Assigns node to a new variable now and returns a read of it. */
  toTemp(node: Node): Node {
    if (isSettled(node)) return node;
    const v = this.temp(node.type);
    this.flush(node.fx);
    this.out.push(setStmt(v, node));
    return get(v);
  }

  /** Makes an operand that is popped already an atom; only for nodes without effects. */
  atom(node: Node): Node {
    return isAtom(node) ? node : this.toTemp(node);
  }

  /** Spills everything that is not a constant or a stable read: before a label. */
  spillAll(): void {
    for (let i = this.unsettled(); i < this.slots.length; i++) {
      const node = this.slots[i]!;
      if (node.op === Op.Const || node.op === Op.FConst || node.op === Op.Null) continue;
      this.materialise(i);
    }
  }
}
