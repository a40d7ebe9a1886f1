/** Flags of V8 that matter to measurements. */

import { execFileSync } from 'node:child_process';

/** Compile WebAssembly with the optimising compiler before it first runs. */
export const optimisedFirst: readonly string[] = [
  '--no-liftoff',
  '--no-wasm-lazy-compilation',
  '--no-wasm-tier-up',
];

/** Which of some flags of V8 an executable of Node knows. */
export function acceptedFlags(node: string, flags: readonly string[]): string[] {
  return flags.filter((flag) => {
    try {
      execFileSync(node, [flag, '-e', '0'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
