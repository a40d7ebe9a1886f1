/**
 * The error family of the toolchain, in the vocabulary of the specification.
 * Every error names the byte offset in the module and, where there is one, the function.
 */

/** Where in a module an error was found. */
export interface ErrorPlace {
  /** Byte offset from the start of the module. */
  offset?: number | undefined;
  /** Function index (imports included), when the error lies in a function. */
  func?: number | undefined;
}

/** Base class of all errors about the module that is being compiled. */
export class WasmError extends Error {
  /** Byte offset from the start of the module, when known. */
  readonly offset: number | undefined;
  /** Function index (imports included), when the error lies in a function. */
  readonly func: number | undefined;

  constructor(message: string, place: ErrorPlace = {}) {
    super(message);
    this.offset = place.offset;
    this.func = place.func;
  }

  /** One line for a person: message, function and hexadecimal offset. */
  describe(): string {
    const where: string[] = [];
    if (this.func !== undefined) where.push(`in function ${this.func}`);
    if (this.offset !== undefined) where.push(`at offset 0x${this.offset.toString(16)}`);
    return where.length ? `${this.message} (${where.join(' ')})` : this.message;
  }
}

/** The bytes are not a module of the binary format (specification, chapter 5). */
export class MalformedError extends WasmError {
  override readonly name = 'MalformedError';
}

/** The module is well formed and does not validate (specification, chapter 3). */
export class InvalidError extends WasmError {
  override readonly name = 'InvalidError';
}

/** One thing that keeps a module from being lowered. */
export interface Refusal {
  /** A feature of the opcode table, or a sentence. */
  what: string;
  /** How many instructions of the feature are not lowered, constant expressions included. */
  instructions: number;
  /** How many functions have such instructions. */
  functions: number;
  /** The first place. */
  first: ErrorPlace & { instruction?: string };
}

/** The module is valid and uses something this toolchain cannot lower yet. */
export class UnsupportedError extends WasmError {
  override readonly name = 'UnsupportedError';

  /**
   * @param refusals all that is in the way, where the module was searched for it; the message says it,
   *   with places
   */
  constructor(
    message: string,
    place: ErrorPlace = {},
    readonly refusals: readonly Refusal[] = [],
  ) {
    super(message, place);
  }

  override describe(): string {
    return this.refusals.length > 0 ? this.message : super.describe();
  }
}
