export type { SocketAddress } from './address.js';
export { checkRules, type NetworkOptions, NetworkRuleError, withoutNames } from './allow-list.js';
export type { Limits } from './context.js';
export { ERRNO, WasiError, WasiExit } from './errno.js';
export type { ImportedFunction } from './functions.js';
export type { MemoryLike } from './guest-memory.js';
export type * from './host.js';
export { parsePreopens } from './preopens.js';
export type {
  FileSystem,
  InputSource,
  LowerDirectory,
  LowerFile,
  LowerLink,
  OutputSink,
  Overlay,
  OverlaySystem,
  Preopen,
  PreopenOptions,
} from './sources.js';
export { FunctionInput, FunctionOutput, OutputBuffer } from './streams.js';
export { CLOCK, FILETYPE } from './types.js';
export type { InstanceLike, Tree, WASIOptions } from './wasi.js';
