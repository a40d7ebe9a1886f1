export type { ValidateOptions } from './context.js';
export { checkGrammar } from './grammar.js';
export { validateModule } from './module.js';
export { BOT_HEAP, canonicalTypes, isDefaultable, TypeSystem, typeSystem } from './subtyping.js';
export { typeName, typesName } from './type-names.js';
