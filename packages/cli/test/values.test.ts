/** What is no value of an option is refused in one line, by every option of every command, before anything is read. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  adoptFlags,
  benchFlags,
  buildFlags,
  imageFlags,
  imageInputFlags,
  precompileFlags,
  runFlags,
} from '../src/flags.js';
import { main } from '../src/main.js';
import { serveFlags } from '../src/serve/flags.js';

interface Option {
  type?: string;
  choices?: readonly string[];
  array?: boolean;
  alias?: string;
}

/** The options that a command declares. */
function optionsOf(declare: (command: never) => unknown): [string, Option][] {
  const found: [string, Option][] = [];
  const command = {
    positional: () => command,
    option: (name: string, option: Option) => {
      found.push([name, option]);
      return command;
    },
  };
  declare(command as never);
  return found;
}

const COMMANDS: [string, (command: never) => unknown][] = [
  ['build', buildFlags],
  ['run', runFlags],
  ['bench', benchFlags],
  ['image', imageFlags],
  ['precompile', precompileFlags],
  ['adopt', adoptFlags],
  ['serve', serveFlags],
  ['validate', imageInputFlags],
  [
    'inspect',
    (command) =>
      (imageInputFlags(command) as { option(n: string, o: Option): unknown }).option('json', {
        type: 'boolean',
      }),
  ],
];

/** Options whose value is a number, by themselves or with a unit. */
const NUMBERS =
  'jobs fuel max-memory stack-size rounds limit port concurrency queue max-instance-reuse-count time-limit body-limit answer-limit grace'.split(
    ' ',
  );
const NO_NUMBERS = ['1e3', '-1', '0x10', 'NaN', '1,5', ' 1'];
/** Where an empty text is a name, or a file that is not there. */
const EMPTY = ['argv0', 'invoke', 'string-constants', 'hybrid', 'stdin'];

const written: string[] = [];
beforeEach(() => {
  written.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  // What is called back ends the process.
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    expect(text).toBe('');
    return true;
  });
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'on').mockReturnThis();
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs a command that has to refuse its arguments; the line. */
async function refused(args: readonly string[]): Promise<string> {
  written.length = 0;
  process.exitCode = undefined;
  await main(args);
  const line = written.join('');
  expect(line, args.join(' ')).toMatch(/^wasm2js: error: [^\n]+\n$/);
  expect(process.exitCode, args.join(' ')).toBe(2);
  return line;
}

describe.each(COMMANDS)('%s', (command, declare) => {
  const options = optionsOf(declare);
  const needed = options.some(([name]) => name === 'output') ? ['-o', 'none/x.mjs'] : [];
  const start = [command, 'none/x.wasm'];
  const with_ = (name: string, ...given: string[]): string[] => [
    ...start,
    ...(name === 'output' ? [] : needed),
    ...given,
  ];

  test('options with and without value', async () => {
    for (const [name, { type, choices, array }] of options) {
      const flag = `--${name}`;
      if (type === 'boolean') {
        for (const value of ['maybe', '', '1', 'TRUE'])
          expect(await refused(with_(name, `${flag}=${value}`))).toContain(
            `--${name} takes no value`,
          );
        await refused(with_(name, `--no-${name}=true`));
        await refused(with_(name, flag, flag));
        await refused(with_(name, flag, `--no-${name}`));
        continue;
      }
      await refused(with_(name, `--no-${name}`));
      if (name !== 'hybrid' && name !== 'source-map') await refused(with_(name, flag));
      if (!EMPTY.includes(name)) {
        await refused(with_(name, `${flag}=`));
        await refused(with_(name, flag, ''));
      }
      if (array !== true) await refused(with_(name, `${flag}=a`, `${flag}=a`));
      if (choices !== undefined) {
        for (const value of ['true', choices[0]!.toUpperCase()])
          await refused(with_(name, `${flag}=${value}`));
      }
      if (NUMBERS.includes(name))
        for (const value of NO_NUMBERS) {
          expect(await refused(with_(name, `${flag}=${value}`))).toContain(`--${name} takes `);
        }
    }
  });

  test('inputs without a name, options of nobody', async () => {
    await refused([command, '', ...needed]);
    await refused(with_('', '--nothing'));
    await refused(with_('', '--nothing=1'));
    await refused(with_('', '--no-nothing'));
  });
});

test('declarations that are asked for where there can be none', async () => {
  const dts = (...args: string[]) => refused(['build', 'none/x.wasm', '--dts', ...args]);
  expect(await dts('-o', 'none/x.js', '--format', 'iife')).toMatch(/--dts is for modules/);
  expect(await dts('-o', '-')).toMatch(/--dts needs an output file/);
  expect(await dts('-o', '/dev/null')).toMatch(/--dts needs an output file/);
});

test('all that take numbers are known here', () => {
  const all = COMMANDS.flatMap(([, declare]) => optionsOf(declare).map(([name]) => name));
  expect(NUMBERS.filter((name) => !all.includes(name))).toEqual([]);
  expect(
    COMMANDS.flatMap(([, declare]) => optionsOf(declare)).filter(
      ([, { type }]) => type === 'number',
    ),
  ).toEqual([]);
});
