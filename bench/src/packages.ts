/** Where the npm packages are that only the benchmarks use. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `bench/`. */
export const benchRoot = fileURLToPath(new URL('..', import.meta.url));

/** The folder of the workspace. */
export const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Places of packages, nearest first; the variable BENCH_MODULES names one more `node_modules`. */
const roots = [
  join(benchRoot, 'peers/node_modules'),
  join(benchRoot, 'node_modules'),
  join(workspaceRoot, 'node_modules'),
  join(workspaceRoot, 'hosts/node_modules'),
  join(workspaceRoot, 'examples/node_modules'),
  join(workspaceRoot, 'ecosystem/node_modules'),
  process.env['BENCH_MODULES'],
].filter((root) => root !== undefined);

/**
 * Finds a file of an installed package.
 * @param path package name, slash, path inside it
 * @returns undefined where the package is not installed
 */
export function packageFile(path: string): string | undefined {
  return roots.map((root) => join(root, path)).find((file) => existsSync(file));
}
