export * from './cursor.js';
export * from './decode.js';
export * from './errors.js';
export * from './instructions.js';
export { checkLimit, LIMITS } from './limits.js';
export * from './opcodes.js';
export * from './types.js';
