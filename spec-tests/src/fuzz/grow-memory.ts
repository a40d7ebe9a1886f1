/**
 * Accesses of the memory in random bodies: loads, stores, bulk operations, growth and, where they are wanted, atomics.
 * Gets the body that is grown; keeps its model of the operand stack, in which addresses are i32 until just before
 * they are used: a 64-bit memory's are widened there.
 */
import { I32, I64, OPCODES, type OpcodeInfo, type ValType } from '@wasm2js/decoder';
import type { Random } from '../mutate/random.js';
import { Encoder } from '../run/encoder.js';
import { type Instructions, write } from './grow-instructions.js';

/** What the memory of a module is. */
export interface MemoryKind {
  /** Are there atomic instructions? */
  atomics: boolean;
  shared: boolean;
  /** Are addresses i64? */
  wide: boolean;
  /** Are pages of one byte? Then what the body asks for and is told is multiplied, so that it does the same. */
  bytes?: boolean;
}

/** The logarithm of the bytes of a plain page. */
const PAGE = 16;

/** The memory section's only entry: one plain page, or as many bytes, three at most. */
export function memoryType({ shared, wide, bytes = false }: MemoryKind): Encoder {
  const unit = bytes ? 2 ** PAGE : 1;
  const type = new Encoder().byte(1 + (shared ? 2 : 0) + (wide ? 4 : 0) + (bytes ? 8 : 0));
  type.u32(unit).u32(3 * unit);
  return bytes ? type.byte(0) : type;
}

/** What is grown. */
interface Body {
  code: Encoder;
  random: Random;
  need(types: readonly ValType[]): void;
  push(type: ValType): void;
  pushed(type: ValType): void;
  pop(count: number): void;
}

const ATOMICS = OPCODES.filter(
  (row): row is OpcodeInfo => row?.feature === 'threads' && row.immediates === 'memarg',
);
/** Offsets of plain accesses; of atomic ones, mostly aligned. */
const OFFSETS = [0, 0, 1, 2, 3, 4, 8, 60, 65530];
const ATOMIC_OFFSETS = [0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 16, 16, 24, 24, 65472, 4, 1];

/** Grows the instructions that have to do with the memory. */
export class MemoryGrower {
  constructor(
    private readonly body: Body,
    private readonly kind: MemoryKind,
    private readonly instructions: Instructions,
  ) {}

  /** Makes the i32 on top a small address, so that accesses meet; seldom it stays as it is. */
  private boundAddress(mask = 0x3fn): void {
    const { code, random } = this.body;
    if (random.below(12)) code.byte(0x41).signed(mask).byte(0x71);
    this.widen();
  }

  /** The i32 on top becomes a size or an address: where it was not bounded, negative ones are far out of bounds. */
  private widen(): void {
    if (this.kind.wide) this.body.code.byte(0xac); // i64.extend_i32_s
  }

  /** A small constant as a size. */
  private size(most: number): void {
    this.sizeOf(this.body.random.below(most));
  }

  private sizeOf(size: number): void {
    this.body.code.byte(this.kind.wide ? 0x42 : 0x41).signed(BigInt(size));
  }

  /** What the memory tells of its size is an i32 of plain pages again. */
  private narrow(): void {
    const { code } = this.body;
    if (this.kind.wide) code.byte(0xa7); // i32.wrap_i64
    if (this.kind.bytes) code.byte(0x41, PAGE, 0x75); // i32.shr_s
    this.body.pushed(I32);
  }

  private memarg(row: OpcodeInfo): void {
    const { code, random } = this.body;
    const offset = random.pick(OFFSETS);
    code.u32(random.below(row.align + 1)).u32(offset);
    if (row.immediates === 'memarg lane') code.byte(random.below(row.lanes));
  }

  load(): void {
    const { body } = this;
    const row = body.random.pick(this.instructions.loads);
    const above = row.params!.slice(1);
    body.need([I32]);
    this.boundAddress();
    for (const type of above) body.push(type);
    write(body.code, row);
    this.memarg(row);
    body.pop(1 + above.length);
    body.pushed(row.results![0]!);
  }

  store(): void {
    const { body } = this;
    const row = body.random.pick(this.instructions.stores);
    body.need([I32]);
    this.boundAddress();
    body.push(row.params![1]!);
    write(body.code, row);
    this.memarg(row);
    body.pop(2);
  }

  /** Any atomic access, a notification of nobody, or a wait that ends at once. */
  atomic(): void {
    const { body } = this;
    const { code, random } = body;
    if (random.below(12) === 0) {
      code.byte(0xfe, 3, 0); // atomic.fence
      return;
    }
    const row = random.pick(ATOMICS);
    const above = row.params!.slice(1);
    const waits = row.mnemonic.includes('wait');
    body.need([I32]);
    this.boundAddress(random.below(24) ? 0x38n : 0x3fn);
    for (const type of waits ? above.slice(0, 1) : above) body.push(type);
    // A timeout of some nanoseconds.
    if (waits) {
      body.pushed(I64);
      code.byte(0x42).signed(BigInt(random.below(3)));
    }
    write(code, row).u32(row.align).u32(random.pick(ATOMIC_OFFSETS));
    body.pop(1 + above.length);
    for (const type of row.results!) body.pushed(type);
  }

  /** The size, a fill or a copy. */
  bulk(): void {
    const { body } = this;
    const { code, random } = body;
    if (random.below(4) === 0) {
      code.byte(0x3f, 0); // memory.size
      this.narrow();
      return;
    }
    // memory.fill and memory.copy of at most 15 bytes, addresses as for loads.
    const copy = random.below(2) === 1;
    body.need([I32]);
    this.boundAddress();
    body.push(I32);
    if (copy) this.boundAddress();
    this.size(16);
    code.byte(0xfc, ...(copy ? [0x0a, 0, 0] : [0x0b, 0]));
    body.pop(2);
  }

  /** Bytes of one of so many passive segments. */
  init(datas: number): void {
    const { body } = this;
    const { code, random } = body;
    body.need([I32]);
    this.boundAddress();
    body.pop(1);
    code.byte(0x41, random.below(4), 0x41, random.below(9));
    code.byte(0xfc, 0x08).u32(random.below(datas)).byte(0); // memory.init
  }

  /** One page more, or none. */
  grow(): void {
    const pages = this.body.random.below(2);
    this.sizeOf(this.kind.bytes ? pages * 2 ** PAGE : pages);
    this.body.code.byte(0x40, 0); // memory.grow
    this.narrow();
  }
}
