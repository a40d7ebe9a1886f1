// What a command needs of the runtime, whichever host it meets.
export { MemoryFileSystem, provideBuiltins, WASI } from '../dist/index.js';
