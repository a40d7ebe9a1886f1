/** What the builder remembers of each block it is in. */
import type { ValType } from '@wasm2js/decoder';
import type { Label, Node, Stmt, Variable } from '../ir/ir.js';

/** A control frame: block, loop, if or the function itself. */
export interface Frame {
  kind: 'block' | 'loop' | 'if' | 'else' | 'func';
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
}
