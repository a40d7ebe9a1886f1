/**
 * The instruction reader: a cursor that decodes one instruction at a time into plain fields
 * (specification, section 5.4 "Instructions"). Bodies are never materialised; every phase reads
 * them again, so `next` neither allocates nor looks anything up by name.
 *
 * The reader checks the binary grammar only: integer encodings, unknown opcodes, reserved bytes, the
 * end of the input. Whether blocks are balanced is the validator's business.
 */
import { Cursor, UNEXPECTED_END } from './cursor.js';
import type { MalformedError } from './errors.js';
import type { ImmKind } from './opcode-row.js';
import { OPCODE_COUNT, OPCODES, PREFIX_BASE } from './opcodes.js';
import { BOT, type ValType } from './types.js';

/** `InstructionReader.blockKind`: no parameters and no results. */
export const BLOCK_EMPTY = 0;
/** `InstructionReader.blockKind`: one result, whose type is `blockType`. */
export const BLOCK_VALUE = 1;
/** `InstructionReader.blockKind`: the function type with index `blockType`. */
export const BLOCK_TYPE = 2;

/** `Catch.kind`, in the order of the encoding: catch, catch_ref, catch_all, catch_all_ref. */
export type CatchKind = 0 | 1 | 2 | 3;

/** One clause of a `try_table`. */
export interface Catch {
  kind: CatchKind;
  /** Tag index; 0 and without meaning for catch_all and catch_all_ref. */
  tag: number;
  /** Label index, counted from outside the `try_table`. */
  label: number;
}

/** Small numbers for the kinds of immediates, grouped by what the reader has to do. */
enum Read {
  None,
  X,
  XY,
  Memarg,
  MemargLane,
  I32,
  Block,
  I64,
  F32,
  F64,
  Labels,
  Lane,
  Bytes16,
  Types,
  HeapNull,
  Heap,
  Cast,
  TryTable,
  Zero,
  Illegal,
}

const READ_OF: Readonly<Record<ImmKind, Read>> = {
  none: Read.None,
  block: Read.Block,
  try_table: Read.TryTable,
  label: Read.X,
  func: Read.X,
  type: Read.X,
  local: Read.X,
  global: Read.X,
  table: Read.X,
  memory: Read.X,
  tag: Read.X,
  elem: Read.X,
  data: Read.X,
  labels: Read.Labels,
  'type table': Read.XY,
  'elem table': Read.XY,
  'table table': Read.XY,
  'data memory': Read.XY,
  'memory memory': Read.XY,
  'type field': Read.XY,
  'type type': Read.XY,
  'type data': Read.XY,
  'type elem': Read.XY,
  'type count': Read.XY,
  memarg: Read.Memarg,
  'memarg lane': Read.MemargLane,
  lane: Read.Lane,
  i32: Read.I32,
  i64: Read.I64,
  f32: Read.F32,
  f64: Read.F64,
  v128: Read.Bytes16,
  lanes: Read.Bytes16,
  types: Read.Types,
  'heap null': Read.HeapNull,
  heap: Read.Heap,
  cast: Read.Cast,
  zero: Read.Zero,
};

/** What to read behind each opcode. */
const READ = Uint8Array.from(OPCODES, (info) => (info ? READ_OF[info.immediates] : Read.Illegal));

const NO_BYTES = new Uint8Array(0);
const FIRST_PREFIX = 0xfb;
const LAST_PREFIX = 0xfe;
const EMPTY_BLOCK = 0x40;

/**
 * Reads the instructions of a byte range. After `next()` returned true, `op` is the instruction and
 * the other fields hold its immediates; fields that the instruction does not have are meaningless.
 * `lo` and `hi` hold constants as signed halves: `i32.const` and `f32.const` (bits) have `lo` only,
 * `i64.const` and `f64.const` (bits) both.
 */
export class InstructionReader extends Cursor {
  /** Byte offset of the instruction that was read last. */
  offset: number;
  /** Opcode id, see opcodes.ts. */
  op = 0;
  /**
   * First index: local, global, function, table, memory, type, label depth, segment or tag.
   * Of two indices the first in the order of the abstract syntax: see `ImmKind`.
   */
  x = 0;
  /** Second index. */
  y = 0;
  /** Alignment of a memory access: base-2 logarithm, not checked. */
  align = 0;
  /** Static offset of a memory access: exact below 2^53, else the nearest double (`lo`, `hi`: all bits). */
  memOffset = 0;
  /** Lane index, not checked. */
  lane = 0;
  /** The 16 bytes of `v128.const` or `i8x16.shuffle`: a view of the module. */
  lanes: Uint8Array = NO_BYTES;
  /** Kind of the block type: `BLOCK_EMPTY`, `BLOCK_VALUE` or `BLOCK_TYPE`. */
  blockKind: 0 | 1 | 2 = BLOCK_EMPTY;
  /** Value type or type index, by `blockKind`. */
  blockType = 0;
  /** Labels of `br_table`, the default last. A fresh array each time. */
  targets: number[] = [];
  /** Types of `select` with types. A fresh array each time. */
  types: ValType[] = [];
  /** Clauses of `try_table`. A fresh array each time. */
  catches: Catch[] = [];
  /** Type of `ref.null`, target of a test or cast, source of a `br_on_cast`. */
  reftype: ValType = BOT;
  /** Target of a `br_on_cast`. */
  reftype2: ValType = BOT;

  /**
   * @param bytes the whole module
   * @param start first byte of the instructions
   * @param end offset behind their last byte
   * @param func function index (imports included) for errors
   */
  constructor(bytes: Uint8Array, start: number, end: number, func?: number) {
    super(bytes, start, end, func);
    this.offset = start;
  }

  /** Continues with another range of the same module, as a new reader would. */
  reset(start: number, end: number, func?: number): void {
    this.pos = start;
    this.offset = start;
    this.end = end;
    this.func = func;
  }

  /**
   * Reads one instruction with all its immediates; false when the range is at its end.
   * @throws MalformedError when the bytes are no instruction or the range ends within one
   */
  next(): boolean {
    const start = this.pos;
    if (start >= this.end) return false;
    this.offset = start;
    this.pos = start + 1;
    let op = this.bytes[start]!;
    if (op >= FIRST_PREFIX && op <= LAST_PREFIX) op = this.prefixed(op);
    this.op = op;
    switch (READ[op]) {
      case Read.None:
        return true;
      case Read.X:
        this.x = this.u32();
        return true;
      case Read.XY:
        this.x = this.u32();
        this.y = this.u32();
        return true;
      case Read.Memarg:
        this.memarg();
        return true;
      case Read.MemargLane:
        this.memarg();
        this.lane = this.u8();
        return true;
      case Read.I32:
        this.lo = this.s32();
        return true;
      case Read.Block:
        this.block();
        return true;
      case Read.I64:
        this.s64();
        return true;
      case Read.F32:
        this.lo = this.i32le();
        return true;
      case Read.F64:
        this.lo = this.i32le();
        this.hi = this.i32le();
        return true;
      case Read.Labels:
        this.readTargets();
        return true;
      case Read.Lane:
        this.lane = this.u8();
        return true;
      case Read.Bytes16:
        this.lanes = this.view(16);
        return true;
      case Read.Types:
        this.readTypes();
        return true;
      case Read.HeapNull:
        this.reftype = this.refTo(true);
        return true;
      case Read.Heap:
        this.reftype = this.refTo(false);
        return true;
      case Read.Cast:
        this.cast();
        return true;
      case Read.TryTable:
        this.block();
        this.readCatches();
        return true;
      case Read.Zero:
        if (this.u8() !== 0) throw this.malformed('zero byte expected', this.pos - 1);
        return true;
      default:
        throw this.illegal();
    }
  }

  private prefixed(prefix: number): number {
    const code = this.u32();
    const base = PREFIX_BASE[prefix]!;
    const limit = prefix === 0xfd ? 0x200 : 0x100;
    return code < limit ? base + code : OPCODE_COUNT;
  }

  private illegal(): MalformedError {
    const read = this.bytes.subarray(this.offset, this.pos);
    const hex = Array.from(read, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return this.malformed(`illegal opcode ${hex}`, this.offset);
  }

  private memarg(): void {
    const start = this.pos;
    const flags = this.u32();
    if (flags < 0x40) {
      this.align = flags;
      this.x = 0;
    } else if (flags < 0x80) {
      this.align = flags - 0x40;
      this.x = this.u32();
    } else {
      throw this.malformed('malformed memop flags', start);
    }
    this.memOffset = this.u64();
  }

  private block(): void {
    const byte = this.peek();
    if (byte === EMPTY_BLOCK) {
      this.pos++;
      this.blockKind = BLOCK_EMPTY;
    } else if (byte > EMPTY_BLOCK && byte < 0x80) {
      this.blockKind = BLOCK_VALUE;
      this.blockType = this.valType();
    } else {
      this.blockKind = BLOCK_TYPE;
      this.blockType = this.typeIndex();
    }
  }

  /** A count of elements, each of which takes at least `size` bytes of this range. */
  private count(size: number): number {
    const count = this.u32();
    if (count * size > this.end - this.pos) throw this.malformed(UNEXPECTED_END, this.end);
    return count;
  }

  private readTargets(): void {
    const targets: number[] = [];
    for (let left = this.count(1); left >= 0; left--) targets.push(this.u32());
    this.targets = targets;
  }

  private readTypes(): void {
    const types: ValType[] = [];
    for (let left = this.count(1); left > 0; left--) types.push(this.valType());
    this.types = types;
  }

  private readCatches(): void {
    const catches: Catch[] = [];
    for (let left = this.count(2); left > 0; left--) {
      const kind = this.u8();
      if (kind > 3) throw this.malformed('malformed catch clause', this.pos - 1);
      const tag = kind < 2 ? this.u32() : 0;
      catches.push({ kind: kind as CatchKind, tag, label: this.u32() });
    }
    this.catches = catches;
  }

  private cast(): void {
    const flags = this.u8();
    if (flags > 3) throw this.malformed('malformed br_on_cast flags', this.pos - 1);
    this.x = this.u32();
    this.reftype = this.refTo((flags & 1) !== 0);
    this.reftype2 = this.refTo((flags & 2) !== 0);
  }
}
