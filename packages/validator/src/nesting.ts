/**
 * The nesting of structured instructions (specification, section 5.4, "Control Instructions"):
 * which of `else`, `catch`, `catch_all`, `delegate` and `end` may follow what. It is part of the
 * grammar, not of validation, so its errors are of malformed modules.
 */

import { MalformedError } from '@wasm2js/decoder';

/** What the innermost open construct is. */
export const Kind = {
  func: 0,
  block: 1,
  loop: 2,
  if: 3,
  else: 4,
  tryTable: 5,
  try: 6,
  catch: 7,
  catchAll: 8,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** A stack of open constructs, without limit of depth. */
export class Nesting {
  /** Number of open constructs. */
  depth = 0;
  private kinds = new Uint8Array(64);

  /** The kind of an open construct, 0 being the outermost. */
  kind(level: number): Kind {
    return this.kinds[level] as Kind;
  }

  /** Opens a construct. */
  open(kind: Kind): void {
    if (this.depth === this.kinds.length) {
      const wider = new Uint8Array(this.depth * 2);
      wider.set(this.kinds);
      this.kinds = wider;
    }
    this.kinds[this.depth++] = kind;
  }

  /** Closes the innermost construct. */
  close(): void {
    this.depth--;
  }

  /**
   * Does `else`, `catch`, `catch_all` or `delegate` fit the innermost construct?
   * @param mnemonic the instruction; `offset` and `func` say where it is
   * @throws {MalformedError} when it does not
   */
  checkTurn(mnemonic: string, offset: number, func: number | undefined): void {
    const kind = this.kinds[this.depth - 1];
    let fits: boolean;
    if (mnemonic === 'else') fits = kind === Kind.if;
    else if (mnemonic === 'delegate') fits = kind === Kind.try;
    else fits = kind === Kind.try || kind === Kind.catch;
    if (!fits) {
      const opener = mnemonic === 'else' ? 'if' : 'try';
      throw new MalformedError(`unexpected ${mnemonic}: no ${opener} is open`, { offset, func });
    }
  }
}
