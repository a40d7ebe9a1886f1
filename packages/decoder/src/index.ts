export * from './cursor.js';
export * from './errors.js';
export * from './instructions.js';
export * from './opcodes.js';
export * from './types.js';
