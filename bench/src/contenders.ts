/** Who is measured, and what each needs before it can run a module. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { median, runProcess } from '@wasm2js/cli/measure';
import { decodeModule, type FuncType, I64 } from '@wasm2js/decoder';
import { benchRoot, packageFile, workspaceRoot } from './packages.js';

export const contenderNames = [
  'ours',
  'ours-cached',
  'ours-O',
  'ours-fuel',
  'native',
  'native-opt',
  'binaryen',
  'polywasm',
] as const;
export type ContenderName = (typeof contenderNames)[number];
/** What makes a contender's module; the build alone of the last one is measured. */
export type Maker = Exclude<ContenderName, 'ours-cached'> | 'binaryen-O0';

/** Who makes what a contender runs: `ours-cached` is `ours` with Node's compile cache. */
export const makerOf = (contender: ContenderName): Exclude<Maker, 'binaryen-O0'> =>
  contender === 'ours-cached' ? 'ours' : contender;

/** What building took. */
export interface BuildCost {
  /** Time of the command, of the session's clock, in milliseconds. */
  buildMs: number;
  /** Its largest resident set, in MiB. */
  memory: number;
}

/** What a contender made of a module. */
export interface Artifact extends Partial<BuildCost> {
  /** Which loader of runner/run.mjs takes it. */
  loader: 'native' | 'polywasm' | 'javascript';
  file: string;
  /** A module that the loader needs besides. */
  support: string;
  bytes: number;
  gzip: number;
}

/** Why there is no artifact, or no figure. */
export interface Failure {
  error: string;
}

/** Whether something came out otherwise than hoped. */
export const isFailure = (value: object): value is Failure => 'error' in value;

/** How modules are built. */
export interface BuildSettings {
  /** Folder for what is built. */
  out: string;
  /** Milliseconds that a build may take. */
  limit: number;
  clock: 'wall' | 'processor';
  /** The Node that runs the compilers. */
  node: string;
  /** How often a build is repeated; its median counts. */
  rounds: number;
}

/** What npm's binaryen must be told to accept; it lowers all of these. */
export const binaryenFeatures = [
  'bulk-memory',
  'bulk-memory-opt',
  'sign-ext',
  'nontrapping-float-to-int',
  'mutable-globals',
  'multivalue',
  'reference-types',
].map((feature) => `--enable-${feature}`);

/** Module for `--import` that makes a process of Node tell at its end what it took. */
const meter = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(2, '\\n@' + JSON.stringify([(userCPUTime + systemCPUTime) / 1000, maxRSS / 1024]));
  });`)}`;

/** Runs a compiler; returns what it took, or the first line of its complaint. */
async function buildOnce(
  command: readonly string[],
  { limit, clock, node }: BuildSettings,
): Promise<BuildCost | Failure> {
  const args = ['--import', meter, ...command];
  const { ms, code, failure, stderr } = await runProcess(node, args, { limit });
  if (failure !== undefined) return { error: `build failed: ${failure}` };
  const lines = stderr.split('\n').filter((line) => /\S/.test(line));
  if (code !== 0) {
    const complaint = lines.find((line) => !/^(npm |@\[)/.test(line));
    return { error: `build failed: ${(complaint ?? `exit code ${code}`).slice(0, 200)}` };
  }
  const [cpu, memory] = JSON.parse(lines.at(-1)!.slice(1)) as [number, number];
  return { buildMs: clock === 'processor' ? cpu : ms, memory };
}

/** Runs a compiler as often as the settings say: the median time, the most memory. */
async function build(
  command: readonly string[],
  settings: BuildSettings,
): Promise<BuildCost | Failure> {
  const costs: BuildCost[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const cost = await buildOnce(command, settings);
    if (isFailure(cost)) return cost;
    costs.push(cost);
  }
  return {
    buildMs: median(costs.map(({ buildMs }) => buildMs)),
    memory: Math.max(...costs.map(({ memory }) => memory)),
  };
}

/** The types of the functions that a module takes and gives, as runner/binaryen.mjs wants them. */
function shapeOf(wasm: string) {
  const module = decodeModule(readFileSync(wasm));
  const typeOf = (type: number) => module.types[type]!.comp as FuncType;
  const letters = ({ params }: FuncType) =>
    params.map((type) => (type === I64 ? 'j' : 'x')).join('');
  const imports = module.imports.flatMap(({ module: from, name, desc }) => {
    if (desc.kind !== 'func') return [];
    const found = typeOf(desc.type);
    return [[from, name, letters(found), found.results[0] === I64]];
  });
  const exports = module.exports.flatMap(({ name, kind, index }) =>
    kind === 'func' ? [[name, letters(typeOf(module.funcTypes[index]!))]] : [],
  );
  return { imports, exports };
}

/** Makes a module out of the script of Binaryen, which instantiates itself when loaded. */
export function wrapBinaryen(wasm: string, file: string): void {
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('\nvar retasmFunc = ');
  if (end < 0) throw new Error('unknown form of output');
  const body = text.slice(0, end).replace(/^import \* as .*$/gm, '');
  const adapter = JSON.stringify(pathToFileURL(join(benchRoot, 'runner/binaryen.mjs')).href);
  const shape = JSON.stringify(shapeOf(wasm));
  writeFileSync(
    file,
    `import { adapted } from ${adapter};\n${body}\nexport const instantiate = adapted(asmFunc, ${shape});\n`,
  );
}

/** Modules above this many bytes are large: some builds of them take minutes. */
export const large = 5_000_000;

/**
 * npm's binaryen. Where its `wasm2js` refuses a module, a second try lowers saturating conversions
 * to 64-bit integers first, which it cannot do itself; a large module is not tried twice.
 */
async function binaryen(
  wasm: string,
  file: string,
  level: string,
  settings: BuildSettings,
): Promise<BuildCost | Failure> {
  const tool = packageFile('binaryen/bin/wasm2js');
  if (tool === undefined) return { error: 'binaryen is not installed' };
  const command = (input: string) => [tool, level, ...binaryenFeatures, input, '-o', file];
  const isLarge = statSync(wasm).size > large;
  const direct = isLarge ? { error: 'not tried' } : await build(command(wasm), settings);
  if (!isFailure(direct)) return direct;
  const lowered = file.replace(/mjs$/, 'lowered.wasm');
  const pass = [...binaryenFeatures, '--llvm-nontrapping-fptoint-lowering', wasm, '-o', lowered];
  const first = await build([join(dirname(tool), 'wasm-opt'), ...pass], settings);
  return isFailure(first) ? first : build(command(lowered), settings);
}

/** Builds of peers that take minutes, kept between sessions: their inputs do not change. */
async function kept(
  file: string,
  key: string,
  make: () => Promise<BuildCost | Failure>,
): Promise<BuildCost | Failure> {
  const note = `${file}.json`;
  if (existsSync(file) && existsSync(note)) {
    const { key: found, cost } = JSON.parse(readFileSync(note, 'utf8'));
    if (found === key) return cost as BuildCost;
  }
  const cost = await make();
  if (!isFailure(cost)) writeFileSync(note, JSON.stringify({ key, cost }));
  return cost;
}

const compressed = promisify(gzip);

async function measured(loader: Artifact['loader'], file: string, cost?: BuildCost) {
  const bytes = readFileSync(file);
  const support = loader === 'polywasm' ? packageFile('polywasm/index.js')! : '-';
  const sizes = { bytes: bytes.length, gzip: (await compressed(bytes)).length };
  return { loader, file, support, ...sizes, ...cost } satisfies Artifact;
}

/** Prepares a module for a contender. */
export async function prepare(
  maker: Maker,
  wasm: string,
  settings: BuildSettings,
): Promise<Artifact | Failure> {
  mkdirSync(settings.out, { recursive: true });
  const file = join(settings.out, `${basename(wasm, '.wasm')}.${maker}.mjs`);
  const javascript = (cost: BuildCost | Failure) =>
    isFailure(cost) ? cost : measured('javascript', file, cost);
  switch (maker) {
    case 'native':
    case 'native-opt':
      return measured('native', wasm);
    case 'polywasm':
      if (packageFile('polywasm/index.js') === undefined)
        return { error: 'polywasm is not installed' };
      return measured('polywasm', wasm);
    case 'binaryen-O0':
    case 'binaryen': {
      const make = async () => {
        const level = maker === 'binaryen' ? '-O2' : '-O0';
        const cost = await binaryen(wasm, file, level, settings);
        if (!isFailure(cost)) wrapBinaryen(wasm, file);
        return cost;
      };
      if (statSync(wasm).size < large) return javascript(await make());
      const { version } = JSON.parse(readFileSync(packageFile('binaryen/package.json')!, 'utf8'));
      const hash = createHash('sha256').update(readFileSync(wasm)).digest('hex');
      return javascript(await kept(file, `${version} ${settings.clock} ${hash}`, make));
    }
    default: {
      const tool = join(workspaceRoot, 'packages/cli/bin/wasm2js.js');
      const command = [tool, 'build', wasm, '-o'];
      const options = ['--no-dts', '--wasi', 'none'];
      // The pre-pass is a process of its own, whose processor time nobody would count.
      if (maker === 'ours-O')
        return javascript(
          await build([...command, file, ...options, '-O'], { ...settings, clock: 'wall' }),
        );
      if (maker === 'ours-fuel')
        return javascript(await build([...command, file, ...options, '--fuel', 'inf'], settings));
      // What counts is the command as it is mostly called; what runs does so over the harness's WASI.
      const cost = await build([...command, file.replace(/mjs$/, 'plain.mjs')], settings);
      if (isFailure(cost)) return cost;
      const made = await buildOnce([...command, file, ...options], settings);
      return javascript(isFailure(made) ? made : cost);
    }
  }
}
