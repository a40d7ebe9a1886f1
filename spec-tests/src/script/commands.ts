/**
 * The commands of a script as plain data (JSON), so that a script is prepared once on Node and
 * executed on any host.
 */

/** A word of 32 or 64 bits to be compared after masking; `bits` and `mask` are hexadecimal. */
export interface Word {
  size: 32 | 64;
  bits: string;
  mask: string;
}

export type NumType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** A number or vector as words: one, or two words of 64 bits for v128. */
export interface NumPattern {
  kind: 'num';
  type: NumType;
  words: Word[];
}

/** Reference results by kind; `value` is the number of an `extern` or `host` reference. */
export interface RefPattern {
  kind: 'ref';
  test: string;
  value?: number;
}

/** What a result must be. */
export type Pattern = NumPattern | RefPattern | { kind: 'either'; of: Pattern[] };

/** A constant argument: a number with full masks, or a null, extern or host reference. */
export type Const = NumPattern | RefPattern;

export type Action =
  | { kind: 'invoke'; module?: string; field: string; args: Const[] }
  | { kind: 'get'; module?: string; field: string };

/** The source of a module: bytes (base64), or why there are none. */
export type ModuleSource = { form: 'text' | 'binary' | 'quote' } & (
  | { bytes: string }
  | { refused: string }
);

/** Assertions that an action can be under, with what is expected of it. */
export type ActionCommand =
  | { kind: 'action'; line: number; action: Action }
  | { kind: 'assert_return'; line: number; action: Action; expected: Pattern[] }
  | { kind: 'assert_trap'; line: number; action: Action; text: string }
  | { kind: 'assert_exhaustion'; line: number; action: Action; text: string }
  | { kind: 'assert_exception'; line: number; action: Action };

/** Assertions about a module. */
export type ModuleAssertion =
  | 'assert_malformed'
  | 'assert_invalid'
  | 'assert_unlinkable'
  | 'assert_uninstantiable'
  | 'assert_malformed_custom'
  | 'assert_invalid_custom';

export interface ModuleAssertionCommand {
  kind: ModuleAssertion;
  line: number;
  source: ModuleSource;
  text: string;
}

export type Command =
  | ActionCommand
  | ModuleAssertionCommand
  | { kind: 'module'; line: number; id?: string; source: ModuleSource; definition: boolean }
  | { kind: 'instance'; line: number; id?: string; definition?: string }
  | { kind: 'register'; line: number; as: string; module?: string }
  | { kind: 'thread'; line: number; id: string; shared: string[]; commands: Command[] }
  | { kind: 'wait'; line: number; thread: string };

/** A prepared script. */
export interface Script {
  /** Path relative to the suite, with `/`. */
  file: string;
  commands: Command[];
}
