/** WASI commands that npm packages carry; each is left out where its package is not installed. */

import { dirname, join } from 'node:path';
import { benchRoot, packageFile } from './packages.js';

/** A program of a package, and how it is called. */
export interface NpmProgram {
  name: string;
  wasm: string;
  args: string[];
  dir?: string;
  hopeless?: Readonly<Record<string, string>>;
}

const rubyScripts = ['puts', 'fib', 'strings', 'hashes', 'sort', 'blocks'];

const ruby = (): NpmProgram[] => {
  const wasm = packageFile('@ruby/3.4-wasm-wasi/dist/ruby.wasm');
  if (wasm === undefined) return [];
  return rubyScripts.map((script) => ({
    name: `ruby-${script}`,
    wasm,
    args: ['ruby', '--disable=gems', `/${script}.rb`],
    dir: join(benchRoot, 'scripts'),
    hopeless: {
      binaryen: 'needs more than an hour for a module of 16 MB',
      'ours-O': 'the pre-pass needs minutes for a module of 16 MB',
    },
  }));
};

/** Every program that is there. */
export function npmPrograms(): NpmProgram[] {
  return ruby();
}

/** The folder of a program's package, for reports. */
export function packageOf(program: NpmProgram): string {
  return dirname(program.wasm);
}
