/** Command-line values that need more than yargs: pairs, folders, optimisation levels. */

import type { ImageLimits } from '@wasm2js/oci';
import {
  checkRules,
  type NetworkOptions,
  parseAddress,
  parsePreopens,
} from '@wasm2js/wasi-runtime';
import { UsageError } from './errors.js';
import { type OptimizeLevel, optimizeLevels } from './levels.js';

/** Folders a program may use: by guest path, what `new WASI` takes. */
export type Preopens = ReturnType<typeof parsePreopens>;

/** Parses each `HOST[::GUEST[::ro]]`. */
export const parseDirs = (values: readonly string[]): Preopens => {
  try {
    return parsePreopens(values);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(`--dir: ${error.message}`) : error;
  }
};

/** Checks that each is an address `HOST:PORT`. */
export const parseListeners = (values: readonly string[]): readonly string[] => {
  try {
    values.forEach(parseAddress);
    return values;
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(`--tcplisten: ${error.message}`) : error;
  }
};

/** What the command line says about the network. */
export interface NetworkArguments {
  tcp: boolean;
  udp: boolean;
  'allow-net': readonly string[];
  'allow-ip-name-lookup': boolean;
}

/** What a program may reach; rules are checked, names in them are looked up when it runs. */
export const parseNetwork = (args: NetworkArguments): NetworkOptions => {
  const { tcp, udp, 'allow-net': allow, 'allow-ip-name-lookup': lookup } = args;
  try {
    checkRules(allow);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(`--allow-net: ${error.message}`) : error;
  }
  if (allow.length > 0 && !tcp && !udp) {
    throw new UsageError('--allow-net is for --tcp or --udp, which says what for');
  }
  return { tcp, udp, allow, lookup };
};

/** Parses `NAME=VALUE`, or `NAME` alone for the value it has here. */
export const parseEnv = (values: readonly string[]): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const value of values) {
    const split = value.indexOf('=');
    const name = split < 0 ? value : value.slice(0, split);
    if (!name) throw new UsageError(`--env takes NAME=VALUE, not "${value}"`);
    const text = split < 0 ? process.env[name] : value.slice(split + 1);
    if (text !== undefined) env[name] = text;
  }
  return env;
};

/** Parses the level of `-O`. */
export const parseLevel = (value: string): OptimizeLevel => {
  const level = optimizeLevels.find((known) => known === value);
  if (level) return level;
  throw new UsageError(`-O takes one of ${optimizeLevels.join(', ')}, not "${value}"`);
};

/** Parses the number of `--jobs`. */
export const parseJobs = (value: string): number => {
  if (/^[1-9]\d?$/.test(value)) return Number(value);
  throw new UsageError(`--jobs takes a number from 1 to 99, not "${value}"`);
};

/** The largest stack that can be asked for, in MB; as in packages/codegen/support/command.js (test/stack.test.ts holds both). */
const MOST_STACK = 1024;

/** Parses the number of `--stack-size`. */
export const parseStackSize = (value: string): number => {
  if (/^[1-9]\d*$/.test(value) && Number(value) <= MOST_STACK) return Number(value);
  throw new UsageError(`--stack-size takes MB, a number from 1 to ${MOST_STACK}, not "${value}"`);
};

/** Longest time that a timer takes, in seconds. */
export const LONGEST_TIME = 2_000_000;

/**
 * Parses the number of an option: decimal digits, a fraction where it need not be whole.
 * @throws UsageError for anything else, or what is out of bounds
 */
export const parseNumber = (
  option: string,
  text: string,
  least: number,
  most: number,
  whole = true,
): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(`--${option} takes a number from ${least} to ${most}, not "${text}"`);
};

/** Parses the number of `--fuel`. */
export const parseFuel = (value: string): number => {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
  throw new UsageError(`--fuel takes a number of units, or inf, not "${value}"`);
};

/** Parses the number of `--max-memory`; returns bytes. */
export const parseMegabytes = (value: string): number => {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value) * 2 ** 20;
  throw new UsageError(`--max-memory takes MB, a number from 1 on, not "${value}"`);
};

/** Where an empty text means something: a name that is empty, or an option without a value. */
const MAY_BE_EMPTY = new Set(['argv0', 'invoke', 'string-constants', 'hybrid', 'stdin', '_', '--']);

/**
 * Refuses what the parser takes silently: `--json=maybe` (it is true), `--dts --no-dts`, `--no-jobs` (it is `false`), `--tag=`.
 * @param argv the arguments as they came
 * @param booleans names of the options that have no value
 * @param args what the parser has made of them
 * @throws UsageError that names the option
 */
export const checkValues = (
  argv: readonly string[],
  booleans: readonly string[],
  args: Readonly<Record<string, unknown>> = {},
): void => {
  const end = argv.indexOf('--');
  const given = new Set<string>();
  for (const argument of end < 0 ? argv : argv.slice(0, end)) {
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (booleans.includes(name) && value !== undefined && !/^(true|false)$/.test(value))
      throw new UsageError(`--${name} takes no value, or true or false, not "${value}"`);
    const positive = name.replace(/^no-/, '');
    if (booleans.includes(positive)) {
      if (given.has(positive)) throw new UsageError(`--${positive} is given more than once`);
      given.add(positive);
    } else if (positive !== name && [args[positive]].flat().includes(false))
      throw new UsageError(`unknown argument: ${name} (see wasm2js --help)`);
  }
  for (const [name, value] of Object.entries(args)) {
    if (MAY_BE_EMPTY.has(name) || ![value].flat().includes('')) continue;
    // Aliases are there, too.
    if (name.length === 1) continue;
    const isFile = /^(in|out)put/.test(name);
    throw new UsageError(
      isFile
        ? `the ${name.slice(0, name.indexOf('put') + 3)} needs a name`
        : `--${name} needs a value`,
    );
  }
};

/** What stands for a `-` in front while options are parsed, so that it makes no option: no file can have this name. */
const DASH = '\0';

/** Commands that hand on to a program what stands behind `--`; to the others these are files, whatever their names. */
const FOR_PROGRAMS = new Set(['run', 'image', 'bench']);

/**
 * Prepares arguments for an option parser, up to `--`: `-O`, `-O3` and `-Os` become
 * `--optimize=LEVEL` (the last would be read as two options), a `--hybrid` without value does not take
 * the next argument, `--source-map` gets the value that it stands for alone, `-o=` is an output without a name,
 * and `-`, which would be dropped, becomes a mark that `withStreams` undoes. Files behind `--` come
 * to stand behind the command, with the same mark for a `-` in front.
 */
export const prepareArguments = (argv: readonly string[]): string[] => {
  const end = argv.indexOf('--');
  const options = (end < 0 ? argv : argv.slice(0, end)).map((argument) => {
    if (argument === '-') return DASH;
    if (argument === '--hybrid') return '--hybrid=';
    if (argument === '--source-map') return '--source-map=external';
    if (argument === '-o=') return '--output=';
    const match = /^-O(\w*)$/.exec(argument);
    return match ? `--optimize=${match[1] || '2'}` : argument;
  });
  if (end < 0) return options;
  const at = options.findIndex((argument) => /^\w/.test(argument)) + 1;
  if (FOR_PROGRAMS.has(options[at - 1] ?? '')) return [...options, ...argv.slice(end)];
  const files = argv.slice(end + 1).map((file) => file.replace(/^-/, DASH));
  // In front of options, whose last may lack its value.
  return [...options.slice(0, at), ...files, ...options.slice(at)];
};

const withDash = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withDash);
  return typeof value === 'string' && value.startsWith(DASH) ? `-${value.slice(1)}` : value;
};

/** Puts a `-` in front of parsed arguments again: standard streams, and files of such names. */
export const withStreams = (args: Record<string, unknown>): void => {
  for (const [name, value] of Object.entries(args)) args[name] = withDash(value);
};

/** Names of the bounds on images (`ImageLimits` of `@wasm2js/oci`). */
const imageLimits = 'document blob layers layer files entries path manifests'.split(' ');

const factors: Record<string, number> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `NUMBER[K|M|G]`, or NaN for anything else. */
const sizeOf = (text: string): number => {
  const [, number, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  return Number(number) * (factors[unit.toUpperCase()] ?? 1);
};

/** Bounds on images: `NAME=NUMBER`, with K, M or G behind the number for powers of 1024. */
export const parseImageLimits = (specs: readonly string[]): Partial<ImageLimits> => {
  const limits: Record<string, number> = {};
  for (const spec of specs) {
    const [, name = '', size = ''] = /^(\w+)=(\w+)$/.exec(spec) ?? [];
    const value = sizeOf(size);
    if (!imageLimits.includes(name) || !Number.isSafeInteger(value) || value === 0)
      throw new UsageError(
        `--image-limit takes NAME=NUMBER (${imageLimits.join(', ')}), not "${spec}"`,
      );
    limits[name] = value;
  }
  return limits;
};

/** A number of bytes, `NUMBER[K|M|G]`. */
export const parseSize = (option: string, text: string): number => {
  const value = sizeOf(text);
  if (value > 0 && value <= 2 ** 31) return value;
  throw new UsageError(`--${option} takes NUMBER[K|M|G], at most 2G, not "${text}"`);
};

/** Names with texts, each `NAME=VALUE`; none twice. */
export const parsePairs = (option: string, pairs: readonly string[]): Record<string, string> => {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--${option} takes NAME=VALUE, not "${pair}"`);
    const name = pair.slice(0, at);
    if (values.has(name)) throw new UsageError(`--${option} ${name} is given more than once`);
    values.set(name, pair.slice(at + 1));
  }
  return Object.fromEntries(values);
};
