export { ModuleContext } from './context.js';
export type { Lowering } from './emit/lowering.js';
export { emitModule } from './emit/module.js';
export type { CompileOptions, CompileResult, WasiOptions, WasiSource } from './options.js';
