/**
 * Streams and futures of WASI 0.3 as jco's glue has them: a stream that the guest reads is an async iterable of byte
 * arrays or elements, one that it writes is a reader, a future is a promise.
 */
import { errorCode } from '../preview2/errors.js';
import { dispose } from '../preview2/io.js';

/** Bytes that one read of a source gives at most. */
export const CHUNK = 1 << 16;

/** What the guest writes, from here; it is dropped by the symbol `dispose`. */
export interface StreamReader {
  /**
   * Up to `count` elements. What the guest writes at once beyond `rejectLength` of them is not taken at all: the result's
   * `rejectedLength` tells how many those are, and the stream is over.
   */
  read(options: { count: number; rejectLength?: number }): Promise<unknown>;
}

/** Tells the guest that nothing more of it is wanted: its writes end. */
export function drop(stream: StreamReader): void {
  (stream as unknown as Record<symbol, (() => void) | undefined>)[dispose]?.();
}

/** `result<_, E>` as a value. */
export type Outcome<E> = { tag: 'ok'; val: undefined } | { tag: 'err'; val: E };

const OK: Outcome<never> = { tag: 'ok', val: undefined };

/**
 * A stream of what a source gives, and a future of how it ended.
 * @param next gives the next piece; `undefined` at the end
 * @param failed makes the error of what `next` has thrown
 */
export function streamOf<T, E>(
  next: () => Promise<T | undefined>,
  failed: (error: unknown) => E,
): [AsyncIterable<T>, Promise<Outcome<E>>] {
  let settle: (outcome: Outcome<E>) => void = () => {};
  const outcome = new Promise<Outcome<E>>((done) => {
    settle = done;
  });
  const ended = { done: true as const, value: undefined };
  let over = false;
  const end = (how: Outcome<E>): typeof ended => {
    over = true;
    settle(how);
    return ended;
  };
  const iterator: AsyncIterableIterator<T> = {
    async next() {
      if (over) return ended;
      try {
        const piece = await next();
        return piece === undefined ? end(OK) : { done: false, value: piece };
      } catch (error) {
        return end({ tag: 'err', val: failed(error) });
      }
    },
    // The guest has dropped it.
    return: async () => end(OK),
    [Symbol.asyncIterator]: () => iterator,
  };
  return [iterator, outcome];
}

/** A stream of nothing that has failed. */
export function failedStream<E>(error: E): [AsyncIterable<never>, Promise<Outcome<E>>] {
  const ended = { done: true as const, value: undefined };
  const iterator: AsyncIterableIterator<never> = {
    next: async () => ended,
    return: async () => ended,
    [Symbol.asyncIterator]: () => iterator,
  };
  return [iterator, Promise.resolve({ tag: 'err', val: error })];
}

/** The bytes of a piece that the guest has written. */
function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  return typeof piece === 'number' ? Uint8Array.of(piece) : Uint8Array.from(piece as number[]);
}

/**
 * Hands all that the guest writes to `write`, piece by piece; resolves at the end of it.
 * @param most bytes that there may be; of a piece that is more nothing is taken, as the guest sees by what it has written
 * @returns how many bytes there were, with those of the piece that was not taken
 */
export async function drain(
  stream: StreamReader,
  write: (bytes: Uint8Array) => void | Promise<void>,
  most?: number,
): Promise<number> {
  let taken = 0;
  for (;;) {
    const left = most === undefined ? undefined : most - taken;
    const options =
      left === undefined ? { count: CHUNK } : { count: Math.min(CHUNK, left), rejectLength: left };
    const result = await stream.read(options);
    const item =
      typeof result === 'object' && result !== null && 'done' in result
        ? (result as { done: boolean; value: unknown; rejectedLength?: number })
        : { done: result === null || result === undefined, value: result };
    if (item.done) return taken + (item.rejectedLength ?? 0);
    const bytes = bytesOf(item.value);
    taken += bytes.length;
    await write(bytes);
  }
}

/** Does something with what the guest writes, and tells how that went as a value; where it fails the stream is dropped. */
export async function outcomeOf<E>(
  stream: StreamReader,
  call: () => Promise<unknown>,
  failed: (error: unknown) => E,
): Promise<Outcome<E>> {
  try {
    await call();
    return OK;
  } catch (error) {
    drop(stream);
    return { tag: 'err', val: failed(error) };
  }
}

/** The `error-code` of wasi:filesystem@0.3, a variant. */
export const variantCode = (error: unknown): { tag: string } => ({ tag: errorCode(error) });
