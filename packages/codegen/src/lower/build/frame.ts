/** What the builder remembers of each block it is in. */
import type { CatchKind, ValType } from '@wasm2js/decoder';
import type { Label, Node, Stmt, Variable } from '../ir/ir.js';

/** A control frame: block, loop, if or the function itself. */
export interface Frame {
  kind: 'block' | 'loop' | 'if' | 'else' | 'func' | 'try' | 'catch';
  label: Label;
  /** Height of the operand stack (slots, values) below the frame's parameters. */
  slots: number;
  values: number;
  params: ValType[];
  results: ValType[];
  /** Variables that carry the results to the end, made when first needed. */
  resultVars: Variable[] | undefined;
  /** Loop: variables that carry the parameters. */
  paramVars: Variable[] | undefined;
  /** If: the parameters' components, for the second arm. */
  entry: Node[];
  /** Statement list around the frame. */
  outer: Stmt[];
  /** Where its own statements go: block and loop, the end of `outer`; an arm of an if, its own list. */
  body: Stmt[];
  /** Block and loop: index of their first statement in `outer`. */
  start: number;
  /** If: its statement and the statements of the first arm. */
  stmt: Stmt | undefined;
  /** If: does control never reach the end of the first arm? */
  thenEnds: boolean;
  /** Try, catch: what handles exceptions, see `handlers.ts`. */
  handler: Handler | undefined;
  /** Index of the innermost try around the frame, in the body of which it is; -1: none. */
  tryAround: number;
}

/** The clauses of a `try_table`, or the arms of a legacy `try` that have been read so far. */
export interface Handler {
  /** try_table: its clauses, and the frames that they branch to. */
  clauses: { kind: CatchKind; tag: number; target: Frame }[];
  /** Legacy: the statements in front of the first arm, and behind it; undefined before the first `catch`. */
  stmt: Stmt | undefined;
  /** Legacy: the exception, for `rethrow` and for what no arm takes. */
  exn: Variable | undefined;
  /** Legacy: is the present arm a `catch_all`? */
  all: boolean;
  /** Legacy: does control reach the end from the body or an earlier arm? */
  falls: boolean;
  /** The number that a `delegate` names it by, from 1. */
  number: number;
  /** The outermost frame that a `delegate` inside goes to, past this handler or to it; Infinity: there is none. */
  past: number;
}
