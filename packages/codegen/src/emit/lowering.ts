/** What the emitter needs of the lowering of function bodies (ABI.md). */
import type { Range, ValType } from '@wasm2js/decoder';
import type { Expression, Statement } from 'estree';
import type { ModuleContext } from '../context.js';

export interface Lowering {
  /**
   * One defined function: its declaration, named `ctx.funcName(index)`, and what goes with it; the
   * statements run before anything else of the instance. `index` counts imports.
   */
  lowerFunction(ctx: ModuleContext, index: number): Iterable<Statement>;
  /** Declarations that functions share, asked for since the last call. */
  lowerShared(ctx: ModuleContext): Statement[];
  /** What they were asked for, to ask for it in another context. */
  sharedKeys(ctx: ModuleContext): string[];
  askShared(ctx: ModuleContext, keys: readonly string[]): void;
  /** Has the function a tail call to another one? Its body then is a function with a name of its own. */
  tailBody(ctx: ModuleContext, index: number): string | undefined;
  /** Has the function a suspendable form? */
  suspends(ctx: ModuleContext, index: number): boolean;
  /** Is there a lowering for an opcode? */
  lowers(op: number): boolean;
  /** A constant expression: one expression for each component, floats as bits. */
  lowerConstExpr(ctx: ModuleContext, range: Range, type: ValType): Expression[];
}
