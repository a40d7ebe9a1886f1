/** Bodies: where those that the guest reads come from, and those that it writes on their way to whoever sends them. */
import type { Field } from './fields.js';
import { HttpError, type Named } from './values.js';

/** Where the bytes of a body come from, and its trailers. */
export interface BodySource {
  /** As `Input.read`; fails with an `HttpError`. */
  read(buffers: Uint8Array[], nonblock: boolean): number;
  /** As `Input.take`. */
  take?(most: number, nonblock: boolean): Uint8Array;
  ready(): boolean;
  /** Resolves when that may have changed, where something knows. */
  later?(): Promise<void>;
  /** Once the end has been read. */
  trailers(): readonly Field[] | undefined;
  close(): void;
}

/** A request as the guest sees it. */
export interface IncomingHead {
  method: Named;
  path: string | undefined;
  scheme: Named | undefined;
  authority: string | undefined;
  fields: readonly Field[];
  body: BodySource;
}

/** Bytes that may wait to be sent. */
const MOST_WAITING = 1 << 16;

/** One body. */
export class OutgoingBytes {
  /** What the header says of its length. */
  readonly length: number | undefined;
  /** Takes what waits onward as far as that goes without waiting; set by whoever sends. */
  pump: (() => void) | undefined;
  private waiting: Uint8Array[] = [];
  private size = 0;
  private total = 0;
  private over: { trailers: readonly Field[] } | undefined;
  private error: HttpError | undefined;

  /** @param length see above */
  constructor(length: number | undefined) {
    this.length = length;
  }

  /** Bytes that can be added before they would pile up. */
  get room(): number {
    if (this.size > 0) this.pump?.();
    return Math.max(0, MOST_WAITING - this.size);
  }

  /** Is there someone who sends it? */
  get hasSender(): boolean {
    return this.pump !== undefined;
  }

  /** Nothing more is taken. */
  get isBroken(): boolean {
    return this.error !== undefined;
  }

  push(bytes: Uint8Array): void {
    if (this.error) throw this.error;
    this.total += bytes.length;
    if (this.length !== undefined && this.total > this.length)
      this.fail(new HttpError('HTTP-request-body-size', BigInt(this.total)));
    if (this.error) throw this.error;
    if (bytes.length === 0) return;
    this.waiting.push(bytes);
    this.size += bytes.length;
    this.pump?.();
  }

  /** It is whole. Throws where it is not what the header has said. */
  end(trailers: readonly Field[]): void {
    if (this.error) throw this.error;
    if (this.length !== undefined && this.total !== this.length) {
      this.fail(new HttpError('HTTP-request-body-size', BigInt(this.total)));
      throw this.error;
    }
    this.over = { trailers };
    this.pump?.();
  }

  /** It will never be whole. */
  fail(error: HttpError): void {
    if (this.over || this.error) return;
    this.error = error;
    this.waiting = [];
    this.size = 0;
    this.pump?.();
  }

  /** The next bytes; undefined where none wait. */
  take(): Uint8Array | undefined {
    const bytes = this.waiting.shift();
    if (bytes) this.size -= bytes.length;
    return bytes;
  }

  /** Its trailers, once all that was before them has been taken. */
  get ending(): { trailers: readonly Field[] } | undefined {
    return this.size === 0 ? this.over : undefined;
  }

  /** Why it will never be whole. */
  get failure(): HttpError | undefined {
    return this.error;
  }
}
