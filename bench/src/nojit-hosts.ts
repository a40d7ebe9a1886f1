/** The hosts that make no machine code: how each is started with one script, which prints by `show`. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '@wasm2js/cli/measure';
import { findTranspiler } from './hermes.js';
import { packageFile } from './packages.js';

/** A host without a JIT. */
export interface InterpreterHost {
  name: string;
  /** Program and arguments before the script; undefined where it is not installed. */
  command: readonly string[] | undefined;
  env?: Readonly<Record<string, string>>;
  /** Whether scripts are lowered to ES5 first; whether the host is a browser. */
  lowered?: true;
  page?: true;
  /** The time that counts is the process's, told by the shell around it: the host has no clock of the processor. */
  clock?: 'process';
  /** What brings it. */
  from: string;
}

const onPath = (name: string, ...flags: string[]): string[] | undefined => {
  const found = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
  return found.status === 0 ? [found.stdout.trim(), ...flags] : undefined;
};
const npm = (names: readonly string[], ...flags: string[]): string[] | undefined => {
  const file = names.map(packageFile).find(Boolean);
  return file === undefined ? undefined : [file, ...flags];
};

/** A command whose processor time bash tells at its end, in seconds. */
const timed = (command: string[] | undefined): string[] | undefined =>
  command && [
    'bash',
    '-c',
    'TIMEFORMAT="%%%% %U"; time timeout -s KILL "$LIMIT" "$@" 2>&1',
    'bash',
    ...command,
  ];

/** The processor time in what a timed command has shown, in milliseconds. */
export const processTime = (answer: string): number =>
  1000 * Number(/%% (\S+)/.exec(answer)?.[1] ?? Number.NaN);

/** What runs a script in the QuickJS of Python's package. */
const QUICKJS = `import sys, time, quickjs
context = quickjs.Context()
context.set_max_stack_size(4 << 20)
context.add_callable('print', print)
context.add_callable('preciseTime', time.process_time)
context.eval(open(sys.argv[1]).read())`;

/** QuickJS's own shell, or Python's package; BENCH_PYTHON names an interpreter that has it. */
function quickjs(): string[] | undefined {
  const shell = onPath('qjs');
  if (shell !== undefined) return shell;
  const python = process.env['BENCH_PYTHON'] ?? 'python3';
  const found = spawnSync(python, ['-c', 'import quickjs']);
  return found.status === 0 ? [python, '-c', QUICKJS] : undefined;
}

/** All of them, installed or not. */
export function interpreterHosts(): InterpreterHost[] {
  const from = 'npm run hosts';
  const v8 = (major: number) =>
    npm([`node${major}/bin/node`, `node-${major}/bin/node`], '--jitless');
  const hermes = npm(['hermes-engine-cli/linux64-bin/hermes'], '-O', '-w');
  return [
    { name: 'v8-24', command: v8(24), from },
    { name: 'v8-26', command: v8(26), from },
    {
      name: 'jsc',
      command: timed(onPath('jsc', '--useJIT=false')),
      clock: 'process',
      from: 'Debian',
    },
    {
      name: 'bun',
      command: npm(['@oven/bun-linux-x64/bin/bun'], 'run'),
      env: { BUN_JSC_useJIT: '0' },
      from,
    },
    { name: 'quickjs', command: quickjs(), from: 'qjs on the PATH, or quickjs from PyPI' },
    {
      name: 'hermes',
      command: findTranspiler() === undefined ? undefined : timed(hermes),
      clock: 'process',
      lowered: true,
      from,
    },
    {
      name: 'gjs',
      command: timed(onPath('gjs')),
      clock: 'process',
      env: { GJS_DISABLE_JIT: '1' },
      from: 'Debian',
    },
    { name: 'firefox', command: onPath('firefox-esr'), page: true, from: 'Debian' },
  ];
}

/** What Tor's "safer" leaves on: the interpreters alone. */
const SAFER = ['ion', 'baselinejit', 'wasm']
  .map((name) => `user_pref("javascript.options.${name}", false);\n`)
  .join('');
const PREFERENCES = `${SAFER}user_pref("dom.max_script_run_time", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("toolkit.startup.max_resumed_crashes", -1);
`;

/** Shows the script in a page; gives what it shows. */
async function runPage(command: readonly string[], text: string, limit: number): Promise<string> {
  let answer = (_: string): void => {};
  const answered = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const page = `<!doctype html><meta charset="utf-8"><script>
var show = function (line) { fetch('/line', { method: 'POST', body: line }); };
window.onerror = function (error) { show(String(error)); };
</script><script src="script.js"></script>`;
  const server = createServer((request, response) => {
    if (request.url === '/script.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(text);
    } else if (request.url === '/line') {
      let line = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        line += chunk;
      });
      request.on('end', () => {
        response.end();
        answer(line);
      });
    } else response.setHeader('content-type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = mkdtempSync(join(tmpdir(), 'nojit-'));
  writeFileSync(join(profile, 'user.js'), PREFERENCES);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const seconds = Math.ceil(limit / 1000);
  const args = ['--headless', '--no-remote', '--profile', profile, url];
  // A group of its own, so that all of the browser's processes can be ended.
  const child = spawn(command[0]!, args, {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, HOME: profile },
  });
  const late = setTimeout(() => answer(`more than ${seconds} s`), limit);
  child.on('error', (error) => answer(error.message));
  const line = await answered;
  clearTimeout(late);
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  return line;
}

/** The text lowered to ES5, for engines without classes. */
function lowered(text: string): string {
  const { transpileModule, ScriptTarget } = findTranspiler()!;
  const compilerOptions = { target: ScriptTarget.ES5, downlevelIteration: true };
  return transpileModule(text, { compilerOptions }).outputText;
}

/**
 * Runs a script once.
 * @param file where the host may find it
 * @param limit milliseconds
 * @returns what it has shown, or what was wrong
 */
export async function runScript(
  { command, env, page, lowered: lower }: InterpreterHost,
  text: string,
  file: string,
  limit: number,
): Promise<string> {
  if (page) return runPage(command!, text, limit);
  const show = "var show = typeof print === 'function' ? print : console.log;\n";
  writeFileSync(file, lower ? lowered(show + text) : show + text);
  const [program, ...args] = command!;
  // The shell ends what it times; it has a little longer itself.
  const options = {
    limit: limit + 2000,
    env: { ...process.env, ...env, LIMIT: String(limit / 1000) },
  };
  const { stdout, stderr, failure } = await runProcess(program!, [...args, file], options);
  return failure ?? `${stdout}${stderr}`;
}
