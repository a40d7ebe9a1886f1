/** The optional pre-pass: binaryen's wasm-opt, in a process of its own. */

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from './errors.js';
import type { OptimizeLevel } from './levels.js';

/** What a module may use: WebAssembly 3.0 and the proposals that this compiler reads. */
const features = [
  'sign-ext',
  'threads',
  'mutable-globals',
  'nontrapping-float-to-int',
  'simd',
  'bulk-memory',
  'exception-handling',
  'tail-call',
  'reference-types',
  'multivalue',
  'gc',
  'memory64',
  'relaxed-simd',
  'extended-const',
  'multimemory',
  'custom-page-sizes',
  'wide-arithmetic',
];

interface Tool {
  command: string;
  args: string[];
}

/** wasm-opt of the npm package, found from the working directory or from this package. */
const findPackage = (): Tool | undefined => {
  for (const from of [pathToFileURL(join(process.cwd(), 'x')).href, import.meta.url]) {
    try {
      const manifest = createRequire(from).resolve('binaryen/package.json');
      return { command: process.execPath, args: [join(manifest, '../bin/wasm-opt')] };
    } catch {
      // Not installed there.
    }
  }
  return undefined;
};

const run = ({ command, args }: Tool): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (errors.length < 10_000) errors += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(errors.trim() || `wasm-opt ended with ${signal ?? `exit code ${code}`}`);
    });
  });

/**
 * Runs wasm-opt over a module: that of the npm package `binaryen` if it is installed, else the one
 * on the PATH. `names` keeps the name section; `map` is the text of its source map, which is rewritten as
 * well; `input` is what errors call the module.
 */
export const optimize = async (
  bytes: Uint8Array,
  level: OptimizeLevel,
  { names, map, input }: { names: boolean; map?: string | undefined; input: string },
): Promise<{ bytes: Uint8Array; map: string | undefined }> => {
  const folder = await mkdtemp(join(tmpdir(), 'wasm2js-'));
  try {
    const source = join(folder, 'in.wasm');
    const result = join(folder, 'out.wasm');
    const maps = [`${source}.map`, `${result}.map`] as const;
    await writeFile(source, bytes);
    if (map !== undefined) await writeFile(maps[0], map);
    const tool = findPackage() ?? { command: 'wasm-opt', args: [] };
    const flags = features.map((name) => `--enable-${name}`);
    const args = [...tool.args, source, '-o', result, `-O${level}`, '--quiet', ...flags];
    if (names) args.push('-g');
    if (map !== undefined) args.push('-ism', maps[0], '-osm', maps[1]);
    const failure = await run({ command: tool.command, args });
    if (failure !== undefined) throw new CliError(`${input}: wasm-opt failed: ${failure}`);
    return {
      bytes: await readFile(result),
      map: map === undefined ? undefined : await readFile(maps[1], 'utf8'),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CliError(
      '-O needs binaryen: npm install binaryen && npm rebuild @wasm2js/cli ' +
        '(the rebuild keeps the command wasm2js ours; binaryen has one of that name)',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
