/**
 * Recording: what a program compiles at run time is written to a folder, for `wasm2js precompile`. For modules that no
 * search of files finds, because the program decompresses or makes them.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { precompiledKey } from '../precompiled.js';
import type { CodeSource, ModuleCode, ModuleOptions } from '../sources.js';

/**
 * A source that does what another does, and keeps the bytes it is asked for.
 * @param folder is made where it is missing: `KEY.wasm`, and `KEY.json` for modules with compile options, and for those
 *   that were instantiated when there were imports that suspend
 */
export function recorded(source: CodeSource, folder: string): CodeSource {
  const pathOf = (bytes: Uint8Array, options: ModuleOptions): string =>
    join(folder, precompiledKey(bytes, options));
  const keep = (bytes: Uint8Array, options: ModuleOptions): void => {
    const path = pathOf(bytes, options);
    if (existsSync(`${path}.wasm`)) return;
    mkdirSync(folder, { recursive: true });
    if (options.builtins.length > 0 || options.importedStringConstants !== undefined)
      writeFileSync(`${path}.json`, `${JSON.stringify(options)}\n`);
    writeFileSync(`${path}.wasm`, bytes);
  };
  /** The same code, which also notes whether imports suspend when it is instantiated. */
  const watched = (
    code: ModuleCode | undefined,
    bytes: Uint8Array,
    options: ModuleOptions,
  ): ModuleCode | undefined =>
    code && {
      instantiate(imports) {
        if (options.suspends?.()) {
          const noted = JSON.stringify({ ...options, suspendable: true });
          writeFileSync(`${pathOf(bytes, options)}.json`, `${noted}\n`);
        }
        return code.instantiate(imports);
      },
    };
  return {
    find(bytes, options) {
      const code = source.find(bytes, options);
      keep(bytes, options);
      return watched(code, bytes, options);
    },
    async load(bytes, options) {
      const code = await (source.load ?? source.find)(bytes, options);
      keep(bytes, options);
      return watched(code, bytes, options);
    },
    validate(bytes, options) {
      const valid = source.validate?.(bytes, options);
      if (valid) keep(bytes, options);
      return valid;
    },
  };
}
