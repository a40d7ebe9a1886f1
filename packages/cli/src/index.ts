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
  type WasiMode,
} from './build.js';
export { CliError } from './errors.js';
export type { HostContext } from './program.js';
