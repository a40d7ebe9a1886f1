/**
 * Messages in memory that two threads have, in one direction: one thread puts them, the other takes them, in order, and
 * either can wait for the other, within a call or not. A message costs no more than its bytes, where one through a port
 * makes objects on both sides and wakes a thread each time.
 *
 * Must hold: only the writer stores how much was written, only the reader how much was read, each after the bytes
 * themselves. Both count on and on, in 32 bits.
 */

/** A message: what it is, and its bytes, which are the reader's own. */
export interface Message {
  kind: number;
  bytes: Buffer;
}

/** Bytes that are on their way at most, with what stands before each message; a power of two. */
const SIZE = 1 << 18;
/** Bytes of a message at most: what is longer is put in pieces. */
export const LONGEST_PIECE = 1 << 16;
/** Kind and length, four bytes each. */
const HEADER = 8;
/** The counters, each in a cache line of its own, before the bytes. */
const CONTROLS = 128;
const WRITTEN = 0;
const READ = 16;

/** Longest wait in milliseconds before a counter is looked at again. */
const NAP = 1000;

/** The room that a message of so many bytes takes. */
const roomFor = (length: number): number => HEADER + ((length + 7) & -8);

/** Where in the room a count is. */
const placeOf = (count: number): number => (count >>> 0) % SIZE;

/** The memory of a ring. */
export const ringMemory = (): SharedArrayBuffer => new SharedArrayBuffer(CONTROLS + SIZE);

/** One end of a ring, whichever. */
export class Ring {
  private readonly counts: Int32Array<SharedArrayBuffer>;
  private readonly words: Int32Array<SharedArrayBuffer>;
  private readonly room: Buffer;
  /** Bytes that were put since the reader was last told. */
  untold = 0;

  constructor(memory: SharedArrayBuffer) {
    this.counts = new Int32Array(memory, 0, CONTROLS / 4);
    this.words = new Int32Array(memory, CONTROLS, SIZE / 4);
    this.room = Buffer.from(memory, CONTROLS, SIZE);
  }

  /** How much was written and read: what waits for more, or for room, waits until it is another number. */
  get written(): number {
    return Atomics.load(this.counts, WRITTEN);
  }
  get read(): number {
    return Atomics.load(this.counts, READ);
  }

  /**
   * Puts a message of at most {@link LONGEST_PIECE} bytes, of which the reader hears by {@link told}.
   * @returns whether there was room for it
   */
  put(kind: number, bytes: Uint8Array): boolean {
    const { written, words } = this;
    const size = roomFor(bytes.length);
    if (((written - this.read) >>> 0) + size > SIZE) return false;
    // Messages begin at multiples of eight, so what stands before them is in one piece.
    const at = placeOf(written);
    words[at >> 2] = kind;
    words[(at >> 2) + 1] = bytes.length;
    const start = (at + HEADER) % SIZE;
    const first = Math.min(bytes.length, SIZE - start);
    if (first === bytes.length) this.room.set(bytes, start);
    else {
      this.room.set(bytes.subarray(0, first), start);
      this.room.set(bytes.subarray(first), 0);
    }
    Atomics.store(this.counts, WRITTEN, (written + size) | 0);
    this.untold += size;
    return true;
  }

  /** Wakes the reader: once for several messages, since a wake costs more than they do. */
  told(): void {
    if (this.untold === 0) return;
    this.untold = 0;
    Atomics.notify(this.counts, WRITTEN);
  }

  /**
   * Takes the next message, if there is one.
   * @param joined of this kind, those that follow are one with it, up to {@link LONGEST_PIECE} bytes
   */
  take(joined = 0): Message | undefined {
    const { read, written, words } = this;
    if (read === written) return undefined;
    const kind = words[placeOf(read) >> 2]!;
    let end = read;
    let length = 0;
    do {
      const own = words[(placeOf(end) >> 2) + 1]!;
      if (end !== read && length + own > LONGEST_PIECE) break;
      length += own;
      end = (end + roomFor(own)) | 0;
    } while (kind === joined && end !== written && words[placeOf(end) >> 2] === kind);
    const bytes = Buffer.allocUnsafe(length);
    for (let from = read, to = 0; from !== end; ) {
      const own = words[(placeOf(from) >> 2) + 1]!;
      this.copy(bytes, to, placeOf(from + HEADER), own);
      to += own;
      from = (from + roomFor(own)) | 0;
    }
    Atomics.store(this.counts, READ, end);
    // Where less than half is full, nobody waits for room: whatever is put needs less than the other half.
    if ((written - read) >>> 0 > SIZE / 2) Atomics.notify(this.counts, READ);
    return { kind, bytes };
  }

  /** Copies bytes from a place in the room, which may go on at its beginning. */
  private copy(bytes: Buffer, to: number, start: number, length: number): void {
    const first = Math.min(length, SIZE - start);
    this.room.copy(bytes, to, start, start + first);
    if (first < length) this.room.copy(bytes, to + first, 0, length - first);
  }

  /** Waits within the call until more than that was written, or read, or for a while. */
  waitForMore(written: number): void {
    Atomics.wait(this.counts, WRITTEN, written, NAP);
  }
  waitForRoom(read: number): void {
    Atomics.wait(this.counts, READ, read, NAP);
  }

  /** The same without keeping the thread, however long; undefined where it is so already. */
  more(written: number): Promise<unknown> | undefined {
    return this.changed(WRITTEN, written);
  }
  moreRoom(read: number): Promise<unknown> | undefined {
    return this.changed(READ, read);
  }

  /** Wakes whoever waits at the other end, or at this one, without a change. */
  wake(): void {
    Atomics.notify(this.counts, WRITTEN);
    Atomics.notify(this.counts, READ);
  }

  private changed(place: number, value: number): Promise<unknown> | undefined {
    // Without an end: each of them would leave a timer behind.
    const { async, value: waiting } = Atomics.waitAsync(this.counts, place, value);
    return async ? waiting : undefined;
  }
}
