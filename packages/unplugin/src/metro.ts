/**
 * Metro (React Native): `.wasm` files as source files. Hermes has no WebAssembly, so they are JavaScript alone, and at once.
 * Gets a configuration of Metro, gives one whose transformer (metro-transformer.cts) knows these files.
 */

import { fileURLToPath } from 'node:url';
import { compileFile, readScript } from './compile.js';
import { textForMetro } from './forms.js';
import { type Options, settle } from './options.js';

/** What is used of Metro's configuration. */
export interface MetroConfig {
  transformer?: { babelTransformerPath?: string };
  resolver?: { sourceExts?: readonly string[]; assetExts?: readonly string[] };
}

/** The environment variable by which Metro's workers are told what was configured. */
const VARIABLE = 'WASM2JS_METRO';

interface Told {
  /** The transformer of everything else. */
  upstream: string;
  options: Options;
}

/**
 * Adds `.wasm` files to a configuration.
 * @param config what `getDefaultConfig` gives, or what was merged with it
 * @param options of the plugin; `optimize`, `optimizeFor`, `names`, `largeMemory`, `wideWords`, `builtins`, `importedStringConstants`, `cacheDir`
 * @throws TypeError for a configuration without a transformer, or a wrong option
 */
export function withWasm2js<Config extends MetroConfig>(
  config: Config,
  options: Options = {},
): Config {
  const upstream = config.transformer?.babelTransformerPath;
  if (upstream === undefined) {
    throw new TypeError(
      'withWasm2js takes a whole configuration: mergeConfig(getDefaultConfig(…), …)',
    );
  }
  // Where the mistake is, and not with the first file; text of JSON would drop what is no value of it.
  settle(options, 'metro');
  const told: Told = { upstream, options };
  process.env[VARIABLE] = JSON.stringify(told);
  const { resolver } = config;
  const sourceExts = resolver?.sourceExts ?? ['js', 'json', 'ts', 'tsx'];
  return {
    ...config,
    transformer: {
      ...config.transformer,
      babelTransformerPath: fileURLToPath(
        new URL('../dist/metro-transformer.cjs', import.meta.url),
      ),
    },
    resolver: {
      ...resolver,
      sourceExts: [...sourceExts.filter((name) => name !== 'wasm'), 'wasm'],
      assetExts: (resolver?.assetExts ?? []).filter((name) => name !== 'wasm'),
    },
  };
}

/** What `withWasm2js` has been given. @throws Error where it was not called */
export function told(): Told {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('metro.config.js has to call withWasm2js');
  return JSON.parse(text) as Told;
}

/** The text of the module that a `.wasm` file is. */
export async function metroModule(path: string, root: string): Promise<string> {
  const settings = { ...settle({ ...told().options, mode: 'js', load: 'sync' }, 'metro'), root };
  const compiled = await compileFile(path, settings);
  return textForMetro(compiled, await readScript(compiled));
}

export default withWasm2js;
