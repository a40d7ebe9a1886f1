export { type AdoptedFile, type AdoptOptions, type AdoptResult, adopt } from './adopt/index.js';
export {
  type BuildOptions,
  type BuildResult,
  build,
  type DataPlacement,
  type Format,
  type HybridBuild,
  type Names,
  type OptimizeLevel,
  type Progress,
  type SourceMapMode,
  type WasiMode,
} from './build.js';
export { CliError } from './errors.js';
export {
  type PrecompiledModule,
  type PrecompileOptions,
  type PrecompileResult,
  precompile,
} from './precompile/index.js';
export type { HostContext } from './program.js';
