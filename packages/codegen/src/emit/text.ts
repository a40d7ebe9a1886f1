/**
 * Text that grows by millions of short pieces. Strings that are put together piece by piece are trees
 * of their parts until somebody reads them; bytes are not.
 */

/** Bytes after which text is handed over. */
const PIECE = 1 << 20;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

export class Text {
  private readonly done: string[] = [];
  private bytes: Uint8Array;
  private length = 0;

  /** @param size bytes that are expected; more are no fault */
  constructor(size = 1 << 16) {
    this.bytes = new Uint8Array(size);
  }

  /** Appends a piece. */
  add(piece: string): void {
    const { length } = piece;
    if (this.length + length > this.bytes.length) this.grow(length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < length; i++) {
      const code = piece.charCodeAt(i);
      if (code > 127) {
        this.addAny(piece);
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  /** Appends a piece with characters beyond ASCII. */
  private addAny(piece: string): void {
    const encoded = ENCODER.encode(piece);
    if (this.length + encoded.length > this.bytes.length) this.grow(encoded.length);
    this.bytes.set(encoded, this.length);
    this.length += encoded.length;
  }

  private grow(length: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + length));
    bytes.set(this.bytes);
    this.bytes = bytes;
  }

  /** Says that a function ends here: the only places where text is cut. */
  end(): void {
    if (this.length >= PIECE) this.cut();
  }

  private cut(): void {
    this.keep(this.bytes.subarray(0, this.length));
    this.length = 0;
  }

  /** Keeps a piece; its bytes are overwritten by the next one. */
  protected keep(bytes: Uint8Array): void {
    this.done.push(DECODER.decode(bytes));
  }

  /** All text, in pieces of about a megabyte. */
  pieces(): string[] {
    if (this.length > 0) this.cut();
    return this.done;
  }
}
