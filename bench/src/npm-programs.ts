/** Whole programs that npm packages carry; each is left out where its package is not installed. */

import { join } from 'node:path';
import { benchRoot, packageFile } from './packages.js';

/** A program of a package, and how it is run. */
export interface NpmProgram {
  name: string;
  wasm: string;
  driver: string;
  glue: string;
  args: string[];
  hopeless?: Readonly<Record<string, string>>;
}

const rubyScripts = ['puts', 'fib', 'strings', 'hashes', 'sort', 'blocks'];

const ruby = (): NpmProgram[] => {
  const wasm = packageFile('@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm');
  const glue = packageFile('@ruby/wasm-wasi/dist/esm/index.js');
  if (wasm === undefined || glue === undefined) return [];
  return rubyScripts.map((script) => ({
    name: `ruby-${script}`,
    wasm,
    driver: 'ruby',
    glue,
    args: [join(benchRoot, 'scripts', `${script}.rb`)],
    hopeless: {
      binaryen: 'not tried: a module of 30 MB',
      'ours-O': 'not tried: a module of 30 MB',
    },
  }));
};

const sqlite = (): NpmProgram[] => {
  const wasm = packageFile('sql.js/dist/sql-wasm.wasm');
  const glue = packageFile('sql.js/dist/sql-wasm.js');
  if (wasm === undefined || glue === undefined) return [];
  return [{ name: 'sqlite', wasm, driver: 'sqlite', glue, args: [] }];
};

/** Every program that is there. */
export function npmPrograms(): NpmProgram[] {
  return [...sqlite(), ...ruby()];
}
