/** Command-line values that need more than yargs: pairs, folders, optimisation levels. */

import { UsageError } from './errors.js';
import { type OptimizeLevel, optimizeLevels } from './optimize.js';

/** A folder that a program may see. */
export interface Preopen {
  host: string;
  guest: string;
  readOnly: boolean;
}

/** Parses `HOST[::GUEST[::ro]]`. */
export const parseDir = (value: string): Preopen => {
  const [host = '', guest = host, mode = 'rw', ...rest] = value.split('::');
  if (!host || !guest || rest.length || (mode !== 'ro' && mode !== 'rw')) {
    throw new UsageError(`--dir takes HOST[::GUEST[::ro]], not "${value}"`);
  }
  return { host, guest, readOnly: mode === 'ro' };
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

/**
 * Spells `-O`, `-O3` and `-Os` as `--optimize=LEVEL`, up to `--`: an option parser would read the
 * last as two options.
 */
export const expandLevels = (argv: readonly string[]): string[] => {
  const end = argv.indexOf('--');
  return argv.map((argument, index) => {
    const match = end < 0 || index < end ? /^-O(\w*)$/.exec(argument) : null;
    return match ? `--optimize=${match[1] || '2'}` : argument;
  });
};
