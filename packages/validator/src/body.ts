/**
 * The machine of the validation algorithm (specification, appendix "Validation Algorithm"):
 * the operand stack, the control stack and the operations that rules are written in. The rules
 * themselves are in `instructions.ts` and `rules/`.
 */

import {
  BOT,
  I32,
  I64,
  type InstructionReader,
  InvalidError,
  isRef,
  refType,
  UnsupportedError,
  type ValType,
} from '@wasm2js/decoder';
import type { ModuleContext } from './context.js';
import { Locals } from './locals.js';
import { Kind, Nesting } from './nesting.js';
import { BOT_HEAP, type TypeSystem } from './subtyping.js';
import { typeName, typesName } from './type-names.js';

/** A non-null reference of unknown type: what unreachable code has where a reference is due. */
export const BOT_REF: ValType = refType(BOT_HEAP, false);

/** Higher operand stacks are refused, so that a short module cannot fill the memory. */
const MAX_OPERANDS = 1 << 24;

const NONE: readonly ValType[] = [];

/** The state of validating one expression: a function body or a constant expression. */
export class Body {
  readonly types: TypeSystem;
  readonly locals = new Locals();
  readonly nesting = new Nesting();
  /** Function index, when the expression is a body. */
  func: number | undefined = undefined;
  /** Is the expression a constant expression? */
  constant = false;
  /** Number of globals that the expression may refer to. */
  visibleGlobals = 0;

  private stack = new Int32Array(256);
  private size = 0;
  /** Stack size at the start of the innermost frame, and whether the rest of it is unreachable. */
  private height = 0;
  private unreachable = false;

  /** Frames below the innermost keep these; `nesting` has their kinds. */
  private heights = new Int32Array(64);
  private unreachables = new Uint8Array(64);
  private marks = new Int32Array(64);
  private readonly starts: (readonly ValType[])[] = [];
  private readonly ends: (readonly ValType[])[] = [];
  private readonly singles = new Map<ValType, readonly ValType[]>();

  constructor(
    readonly context: ModuleContext,
    readonly reader: InstructionReader,
  ) {
    this.types = context.types;
  }

  /** Starts a new expression with one frame of the given results. */
  begin(results: readonly ValType[]): void {
    this.size = 0;
    this.height = 0;
    this.unreachable = false;
    this.nesting.depth = 0;
    this.pushFrame(Kind.func, NONE, results);
  }

  // ---- errors

  /**
   * Reports that the current instruction is not valid.
   * @throws {InvalidError} always
   */
  fail(message: string): never {
    throw new InvalidError(message, { offset: this.reader.offset, func: this.func });
  }

  /**
   * Reports a type mismatch outside of the operand stack.
   * @throws {InvalidError} "type mismatch" with both types
   */
  failMismatch(what: string, expected: ValType, found: ValType): never {
    return this.fail(
      `type mismatch: ${what}: expected ${typeName(expected)}, found ${typeName(found)}`,
    );
  }

  private failOperands(required: ArrayLike<ValType>, sizeBefore: number): never {
    const from = Math.max(this.height, sizeBefore - required.length);
    const found = this.stack.subarray(from, sizeBefore);
    return this.fail(
      `type mismatch: instruction requires ${typesName(required)} but stack has ${typesName(found)}`,
    );
  }

  // ---- operands

  /** Pushes an operand. */
  push(type: ValType): void {
    if (this.size === this.stack.length) this.growStack(this.size + 1);
    this.stack[this.size++] = type;
  }

  /** Pushes operands, the first one deepest. */
  pushAll(types: ArrayLike<ValType>): void {
    const { length } = types;
    if (this.size + length > this.stack.length) this.growStack(this.size + length);
    for (let i = 0; i < length; i++) this.stack[this.size++] = types[i]!;
  }

  private growStack(needed: number): void {
    if (needed > MAX_OPERANDS) {
      throw new UnsupportedError(`operand stack of more than ${MAX_OPERANDS} values`, {
        offset: this.reader.offset,
        func: this.func,
      });
    }
    const wider = new Int32Array(Math.min(Math.max(needed, this.stack.length * 2), MAX_OPERANDS));
    wider.set(this.stack);
    this.stack = wider;
  }

  /** Pops an operand of any type; the bottom type where the stack is polymorphic. */
  popAny(): ValType {
    if (this.size > this.height) return this.stack[--this.size]!;
    if (this.unreachable) return BOT;
    return this.fail('type mismatch: instruction requires one operand but stack has []');
  }

  /**
   * Pops an operand that must match a type.
   * @returns the operand's own type, which may be more special, or bottom
   */
  pop(expected: ValType): ValType {
    if (this.size > this.height) {
      const found = this.stack[this.size - 1]!;
      if (found !== expected && !this.types.matches(found, expected)) {
        this.failOperands([expected], this.size);
      }
      this.size--;
      return found;
    }
    if (this.unreachable) return BOT;
    return this.failOperands([expected], this.size);
  }

  /** Pops a reference of any type; a bottom operand counts as `BOT_REF`. */
  popRef(): ValType {
    const found = this.popAny();
    if (found === BOT) return BOT_REF;
    if (!isRef(found)) {
      this.fail(`type mismatch: expected a reference, found ${typeName(found)}`);
    }
    return found;
  }

  /** Pops operands that must match types, the last one from the top. */
  popAll(expected: ArrayLike<ValType>): void {
    const sizeBefore = this.size;
    const { stack, height } = this;
    let size = sizeBefore;
    for (let i = expected.length - 1; i >= 0; i--) {
      if (size > height) {
        const found = stack[--size]!;
        const type = expected[i]!;
        if (found !== type && !this.types.matches(found, type)) {
          this.failOperands(expected, sizeBefore);
        }
      } else if (this.unreachable) {
        break;
      } else {
        this.failOperands(expected, sizeBefore);
      }
    }
    this.size = size;
  }

  /** Checks that the stack ends with operands of these types, and leaves it as it is. */
  expect(types: ArrayLike<ValType>): void {
    const { size } = this;
    this.popAll(types);
    this.size = size;
  }

  /** Pops `count` operands that must match one type. */
  popRepeated(expected: ValType, count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.size === this.height && this.unreachable) return;
      this.pop(expected);
    }
  }

  /** The rest of the frame is unreachable: its operand stack is polymorphic. */
  setUnreachable(): void {
    this.size = this.height;
    this.unreachable = true;
  }

  // ---- frames

  /** Opens a frame; its parameters are pushed, so they must have been popped before. */
  pushFrame(kind: Kind, params: readonly ValType[], results: readonly ValType[]): void {
    const { depth } = this.nesting;
    this.nesting.open(kind);
    if (depth === this.heights.length) this.growFrames();
    // The previous innermost frame's state goes to its slot; this frame's height to its own.
    if (depth > 0) this.unreachables[depth - 1] = this.unreachable ? 1 : 0;
    this.heights[depth] = this.size;
    this.marks[depth] = this.locals.mark;
    this.starts[depth] = params;
    this.ends[depth] = results;
    this.height = this.size;
    this.unreachable = false;
    this.pushAll(params);
  }

  private growFrames(): void {
    const length = this.heights.length * 2;
    const heights = new Int32Array(length);
    heights.set(this.heights);
    this.heights = heights;
    const unreachables = new Uint8Array(length);
    unreachables.set(this.unreachables);
    this.unreachables = unreachables;
    const marks = new Int32Array(length);
    marks.set(this.marks);
    this.marks = marks;
  }

  /**
   * Closes the innermost frame: its results must be all that is on the stack.
   * @returns the frame's results, which are popped
   */
  popFrame(): readonly ValType[] {
    const top = this.nesting.depth - 1;
    const results = this.ends[top]!;
    const sizeBefore = this.size;
    this.popAll(results);
    if (this.size !== this.height) {
      const found = typesName(this.stack.subarray(this.height, sizeBefore));
      this.fail(`type mismatch: block requires ${typesName(results)} but stack has ${found}`);
    }
    this.locals.restore(this.marks[top]!);
    this.nesting.close();
    if (top > 0) {
      this.height = this.heights[top - 1]!;
      this.unreachable = this.unreachables[top - 1] !== 0;
    }
    return results;
  }

  /** The parameters of the innermost frame. */
  get frameParams(): readonly ValType[] {
    return this.starts[this.nesting.depth - 1]!;
  }

  /** The results of the innermost frame. */
  get frameResults(): readonly ValType[] {
    return this.ends[this.nesting.depth - 1]!;
  }

  /** The results of the function. */
  get funcResults(): readonly ValType[] {
    return this.ends[0]!;
  }

  /**
   * The level of the frame that a label index means, counted from the outermost.
   * @throws {InvalidError} "unknown label"
   */
  labelLevel(label: number): number {
    const { depth } = this.nesting;
    if (label >= depth) this.fail(`unknown label ${label}: ${depth} labels are in scope`);
    return depth - 1 - label;
  }

  /**
   * The operand types that a branch to a label carries.
   * @throws {InvalidError} "unknown label"
   */
  labelTypes(label: number): readonly ValType[] {
    const level = this.labelLevel(label);
    return this.nesting.kind(level) === Kind.loop ? this.starts[level]! : this.ends[level]!;
  }

  // ---- types of instructions

  /** A shared one-element result type. */
  single(type: ValType): readonly ValType[] {
    let types = this.singles.get(type);
    if (types === undefined) this.singles.set(type, (types = [type]));
    return types;
  }

  /** The parameters of the block type that was read last. */
  blockParams(): readonly ValType[] {
    const { reader } = this;
    if (reader.blockKind !== 2) return NONE;
    return this.context.funcType(reader.blockType, reader.offset, this.func).params;
  }

  /** The results of the block type that was read last. */
  blockResults(): readonly ValType[] {
    const { reader } = this;
    if (reader.blockKind === 0) return NONE;
    if (reader.blockKind === 2) {
      return this.context.funcType(reader.blockType, reader.offset, this.func).results;
    }
    this.checkValType(reader.blockType);
    return this.single(reader.blockType);
  }

  /** @throws {InvalidError} "unknown type" when a value type refers to an undefined type */
  checkValType(type: ValType): void {
    this.context.checkValType(type, this.reader.offset, this.func);
  }

  /** Checks that a data segment exists: see `ModuleContext.checkData`. */
  checkData(index: number): void {
    this.context.checkData(index, this.reader.offset, this.func);
  }

  /** The address type of a memory (specification, section 3.2, "Memory Types"). */
  memoryAddress(index: number): ValType {
    return addressType(this.context.memory(index, this.reader.offset, this.func).limits.addr64);
  }

  /** The address type of a table (specification, section 3.2, "Table Types"). */
  tableAddress(index: number): ValType {
    return addressType(this.context.table(index, this.reader.offset, this.func).limits.addr64);
  }

  /** The element type of a table. */
  tableElement(index: number): ValType {
    return this.context.table(index, this.reader.offset, this.func).element;
  }
}

/** The number type of addresses. */
export const addressType = (addr64: boolean): ValType => (addr64 ? I64 : I32);
