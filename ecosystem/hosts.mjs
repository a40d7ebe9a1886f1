/** The hosts of the table, and how each loads modules before a program. `npm run hosts` installs them. */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const path = (from) => fileURLToPath(new URL(from, import.meta.url));
const clock = path('clock.mjs');

/** The entry that a program is run with, as it is in this repository. */
export const register = path('../packages/webassembly/dist/node/register.js');

/** Node loads modules by its options, which processes that it starts inherit. */
const node = (flags) => (file, preloads, program, strict) => ({
  command: [file, '--no-warnings', program],
  env: {
    NODE_OPTIONS: [
      ...flags,
      ...(strict ? ['--disallow-code-generation-from-strings'] : []),
      ...[clock, ...preloads].map((each) => `--import=${pathToFileURL(each)}`),
    ].join(' '),
  },
});
const bun = (file, preloads, program) => ({
  command: [file, ...[clock, ...preloads].flatMap((each) => ['--preload', each]), program],
  env: {},
});

const rows = [
  {
    name: 'node24',
    title: 'Node 24',
    file: '../hosts/node_modules/node-24/bin/node',
    start: node([]),
  },
  {
    name: 'bun',
    title: 'Bun',
    file: '../hosts/node_modules/@oven/bun-linux-x64/bin/bun',
    start: bun,
  },
  {
    name: 'jitless',
    title: 'Node 24 --jitless',
    file: '../hosts/node_modules/node-24/bin/node',
    start: node(['--jitless']),
    // Has no WebAssembly: what is expected comes from Node 24, and only rows that say so are run.
    bare: true,
  },
];

/**
 * The hosts that are installed.
 * @returns rows with `start(preloads, program, strict)`, which gives a command and an environment; strict: code must
 *   not be made of text, where the host has an option for that
 */
export const hosts = () =>
  rows
    .map((row) => ({ ...row, file: path(row.file) }))
    .filter(({ file }) => existsSync(file))
    .map(({ start, ...row }) => ({ ...row, start: (...args) => start(row.file, ...args) }));
