/** Whole programs that npm packages carry; each is left out where its package is not installed. */

import type { Program } from './benchmark.js';
import { proseFile, rubyFile } from './inputs.js';
import { benchRoot, packageFile } from './packages.js';

/** Files of packages, or nothing where one of them is not installed. */
function installed(...paths: string[]): string[] | undefined {
  const found = paths.map(packageFile).filter((file) => file !== undefined);
  return found.length === paths.length ? found : undefined;
}

const script = (name: string) => `${benchRoot}scripts/${name}`;

/** The five Ruby scripts. */
export const rubyScripts = ['fib', 'strings', 'hashes', 'sort', 'blocks'] as const;

function ruby(): Program[] {
  const files = installed(
    '@ruby/3.4-wasm-wasi/dist/ruby.wasm',
    '@ruby/wasm-wasi/dist/esm/index.js',
  );
  if (files === undefined) return [];
  const [wasm, glue] = files as [string, string];
  const common = { kind: 'program', group: 'ruby', wasm, driver: 'ruby', glue } as const;
  return [
    ...rubyScripts.map(
      (name): Program => ({
        ...common,
        name: `ruby-${name}`,
        sets: ['steady', 'oneshot'],
        args: [script(`${name}.rb`)],
      }),
    ),
    { ...common, name: 'ruby-puts', sets: ['cold'], args: [script('puts.rb')] },
  ];
}

function sqlite(): Program[] {
  const files = installed('sql.js/dist/sql-wasm.wasm', 'sql.js/dist/sql-wasm.js');
  if (files === undefined) return [];
  const [wasm, glue] = files as [string, string];
  const common = { kind: 'program', group: 'npm', wasm, driver: 'sqlite', glue } as const;
  return [
    { ...common, name: 'sqlite', sets: ['steady', 'oneshot'], args: ['2000'] },
    { ...common, name: 'sqlite-start', sets: ['cold'], args: ['10'] },
  ];
}

function quickjs(): Program[] {
  const variant = '@jitl/quickjs-wasmfile-release-sync/dist';
  const files = installed(
    `${variant}/emscripten-module.wasm`,
    'quickjs-emscripten-core/dist/index.mjs',
    `${variant}/ffi.mjs`,
    `${variant}/emscripten-module.mjs`,
  );
  if (files === undefined) return [];
  const [wasm, ...glue] = files as [string, ...string[]];
  const common = { kind: 'program', group: 'npm', wasm, driver: 'quickjs', glue } as const;
  return ['objects', 'text'].map((name) => ({
    ...common,
    name: `quickjs-${name}`,
    sets: ['steady', 'oneshot'],
    args: [script(`${name}.js`)],
  }));
}

function zstd(): Program[] {
  const dist = '@bokuweb/zstd-wasm/dist/common';
  const files = installed(`${dist}/zstd.wasm`, `${dist}/zstd.js`);
  if (files === undefined) return [];
  const [wasm, glue] = files as [string, string];
  const args = [proseFile(60_000), '12'];
  const common = { kind: 'program', group: 'npm', wasm, driver: 'zstd', glue, args } as const;
  return [{ ...common, name: 'zstd', sets: ['steady', 'oneshot'] }];
}

function brotli(): Program[] {
  const dist = 'brotli-wasm/pkg.web';
  const files = installed(`${dist}/brotli_wasm_bg.wasm`, `${dist}/brotli_wasm.js`);
  if (files === undefined) return [];
  const [wasm, glue] = files as [string, string];
  const args = [proseFile(60_000), '5'];
  const common = { kind: 'program', group: 'npm', wasm, driver: 'brotli', glue, args } as const;
  return [{ ...common, name: 'brotli', sets: ['steady', 'oneshot'] }];
}

function prism(): Program[] {
  const files = installed('@ruby/prism/src/prism.wasm');
  if (files === undefined) return [];
  const [wasm] = files as [string];
  const common = { kind: 'program', group: 'npm', wasm, driver: 'prism' } as const;
  return [{ ...common, name: 'prism', sets: ['steady', 'oneshot'], args: [rubyFile()] }];
}

/** Every program that is there. */
export function npmPrograms(): Program[] {
  return [...sqlite(), ...quickjs(), ...zstd(), ...brotli(), ...prism(), ...ruby()];
}
