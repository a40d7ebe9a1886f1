/** What the emitter needs of the lowering of function bodies (ABI.md). */
import type { Range, ValType } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration } from 'estree';
import type { ModuleContext } from '../context.js';

export interface Lowering {
  /** One defined function, named `ctx.funcName(index)`; `index` counts imports. */
  lowerFunction(ctx: ModuleContext, index: number): FunctionDeclaration;
  /** A constant expression: one expression for each component, floats as bits. */
  lowerConstExpr(ctx: ModuleContext, range: Range, type: ValType): Expression[];
}
