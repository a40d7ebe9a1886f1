import { fail } from './errno.js';
import { decodeUtf8 } from './utf8.js';

/** What a guest's exported memory must offer: `WebAssembly.Memory`, a compiled module's, or a fake. */
export interface MemoryLike {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** The views that a compiled module keeps of its memory; both are replaced when it grows. */
interface CompiledViews {
  v: DataView;
  u: Uint8Array;
  shared?: boolean;
}

/** Those of a shared memory, where `v` need not be a `DataView`, and other threads may have let it grow. */
interface SharedViews {
  t: { slow: DataView };
  u: Uint8Array;
  refresh(): void;
}

/** The registry of compiled modules (`support/registry.js` of codegen), which leads from their memories to these views. */
const REGISTRY = Symbol.for('wasm2js.10');

/** Bounds-checked access to the guest's linear memory. Every method throws `EFAULT` out of bounds. */
export class GuestMemory {
  private readonly compiled: CompiledViews | undefined;
  private readonly shared: SharedViews | undefined;
  private readonly memory: MemoryLike;
  private buffer: ArrayBuffer | SharedArrayBuffer | undefined;
  private wholeView!: DataView;
  private wholeBytes!: Uint8Array;

  /** @param memory the guest's memory */
  constructor(memory: MemoryLike) {
    this.memory = memory;
    const registries = globalThis as { [REGISTRY]?: WeakMap<object, CompiledViews> };
    const views = registries[REGISTRY]?.get(memory);
    if (views?.shared) this.shared = views as unknown as SharedViews;
    else this.compiled = views;
  }

  /** The whole memory as it is now; not to be kept across guest code. */
  get u8(): Uint8Array {
    if (this.compiled) return this.compiled.u;
    this.shared?.refresh();
    if (this.shared) return this.shared.u;
    const buffer = this.memory.buffer;
    if (buffer !== this.buffer) {
      this.buffer = buffer;
      this.wholeView = new DataView(buffer);
      this.wholeBytes = new Uint8Array(buffer);
    }
    return this.wholeBytes;
  }

  /** The view that belongs to {@link u8}. */
  private get data(): DataView {
    if (this.compiled) return this.compiled.v;
    const { u8, shared } = this;
    return shared ? shared.t.slow : u8 && this.wholeView;
  }

  /** The `length` bytes at `pointer`, as a window on the memory itself. Both are unsigned. */
  bytes(pointer: number, length: number): Uint8Array {
    const u8 = this.u8;
    if (pointer + length > u8.length) fail('FAULT');
    return u8.subarray(pointer, pointer + length);
  }

  /** The view, after a check that `pointer`..`pointer + size` lies inside. */
  private at(pointer: number, size: number): DataView {
    const data = this.data;
    if (pointer + size > data.byteLength) fail('FAULT');
    return data;
  }

  /** Reads a byte. */
  getU8(pointer: number): number {
    return this.at(pointer, 1).getUint8(pointer);
  }
  /** Reads an unsigned 16-bit integer. */
  getU16(pointer: number): number {
    return this.at(pointer, 2).getUint16(pointer, true);
  }
  /** Reads an unsigned 32-bit integer. */
  getU32(pointer: number): number {
    return this.at(pointer, 4).getUint32(pointer, true);
  }
  /** Reads an unsigned 64-bit integer. */
  getU64(pointer: number): bigint {
    return this.at(pointer, 8).getBigUint64(pointer, true);
  }
  /** Writes a byte. */
  setU8(pointer: number, value: number): void {
    this.at(pointer, 1).setUint8(pointer, value);
  }
  /** Writes a 16-bit integer. */
  setU16(pointer: number, value: number): void {
    this.at(pointer, 2).setUint16(pointer, value, true);
  }
  /** Writes a 32-bit integer. */
  setU32(pointer: number, value: number): void {
    this.at(pointer, 4).setUint32(pointer, value, true);
  }
  /** Writes a 64-bit integer (taken modulo 2^64). */
  setU64(pointer: number, value: bigint): void {
    this.at(pointer, 8).setBigUint64(pointer, BigInt.asUintN(64, value), true);
  }

  /** The `length` bytes of UTF-8 at `pointer`; throws `EILSEQ` when they are not UTF-8. */
  string(pointer: number, length: number): string {
    return decodeUtf8(this.bytes(pointer, length));
  }

  /**
   * The buffers of an `iovec_array` or `ciovec_array`, empty ones left out.
   * @param limit most entries accepted; more is `EINVAL`, as is a total of 2^32 bytes or more
   */
  iovecs(pointer: number, count: number, limit: number): Uint8Array[] {
    if (count > limit) fail('INVAL');
    this.bytes(pointer, count * 8);
    const buffers: Uint8Array[] = [];
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = this.getU32(pointer + i * 8 + 4);
      const buffer = this.bytes(this.getU32(pointer + i * 8), length);
      total += length;
      if (total > 0xffffffff) fail('INVAL');
      if (length > 0) buffers.push(buffer);
    }
    return buffers;
  }
}
