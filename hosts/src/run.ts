/**
 * Runs the programs of the matrix on one host: gives each program's line as the host printed it. A host
 * that dies is started again without the program it died in; one that takes too long is ended.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { checksText, lowered, PAGE, type Program, SHELL, WORKERD } from './programs.js';
import type { Host } from './table.js';

/** How a program did on a host. */
export interface Result {
  /** `slow`: not done when the host's time was over. */
  state: 'ok' | 'wrong' | 'slow' | 'absent';
  /** What was wrong, in one line. */
  detail?: string;
  milliseconds?: number;
}

/** How often a host may die before the rest is given up. */
const DEATHS = 4;

interface Outcome {
  lines: string[];
  /** Whether the time was over. */
  late: boolean;
  /** The end of what else the host wrote. */
  noise: string;
}

/** Hosts that run now: each has a process group of its own, which would outlive this process. */
const running = new Set<ChildProcess>();

/** Ends a host with all of its processes: browsers are many. */
function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Ends all hosts that run now. */
export function endAll(): void {
  for (const child of running) end(child);
}

/** Collects what a process writes until it ends, or until its time is over. */
function outcomeOf(child: ChildProcess, limit: number, done?: Promise<string[]>): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    let late = false;
    const add = (chunk: string): void => {
      text += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', add);
    child.stderr?.setEncoding('utf8').on('data', add);
    const timer = setTimeout(() => {
      late = true;
      end(child);
    }, limit);
    running.add(child);
    void done?.then(() => end(child));
    child.on('error', (error) => add(error.message));
    child.on('close', () => {
      clearTimeout(timer);
      running.delete(child);
      // workerd puts words before a line.
      const lines = text.split('\n').flatMap((line) => /@@ .*/.exec(line)?.[0] ?? []);
      const noise = text.split('\n').filter((line) => line !== '' && !line.includes('@@ '));
      resolve({ lines, late, noise: noise.slice(-3).join(' | ').slice(0, 300) });
    });
  });
}

const WORKERD_CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .checks)]);
const checks :Workerd.Worker = (
  modules = [(name = "main", esModule = embed "checks.mjs")],
  compatibilityDate = "2025-09-15",
  compatibilityFlags = ["nodejs_compat"],
);
`;

const FIREFOX_PREFERENCES = `user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.startup.max_resumed_crashes", -1);
user_pref("dom.max_script_run_time", 0);
`;
const FIREFOX_NO_JIT = ['blinterp', 'baselinejit', 'ion']
  .map((name) => `user_pref("javascript.options.${name}", false);\n`)
  .join('');

/** Starts a process in a group of its own. */
const start = (host: Host, args: readonly string[], folder: string): ChildProcess => {
  const [file, ...before] = host.command!;
  return spawn(file!, [...before, ...args], {
    cwd: folder,
    env: { ...process.env, HOME: folder, ...host.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
};

/** Runs the text in a page that a browser without a window is shown. */
async function runPage(host: Host, text: string, folder: string, limit: number): Promise<Outcome> {
  const lines: string[] = [];
  let finished = (_: string[]): void => {};
  const done = new Promise<string[]>((resolve) => {
    finished = resolve;
  });
  const server = createServer((request, response) => {
    if (request.url === '/line') {
      let line = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        line += chunk;
      });
      request.on('end', () => {
        response.end();
        if (line === 'end') finished(lines);
        else lines.push(line);
      });
    } else if (request.url === '/checks.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(`${text}${PAGE}`);
    } else {
      const page = '<!doctype html><meta charset="utf-8"><script src="checks.js"></script>';
      response.setHeader('content-type', 'text/html').end(page);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const profile = mkdtempSync(join(folder, 'profile-'));
  let args: string[];
  if (host.kind === 'firefox') {
    const preferences = FIREFOX_PREFERENCES + (host.jit ? '' : FIREFOX_NO_JIT);
    writeFileSync(join(profile, 'user.js'), preferences);
    args = ['--headless', '--no-remote', '--profile', profile, url];
  } else {
    args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    args.push(
      '--no-first-run',
      '--disable-breakpad',
      '--disable-crash-reporter',
      `--user-data-dir=${profile}`,
    );
    if (!host.jit) args.push('--js-flags=--jitless');
    args.push(url);
  }
  const outcome = await outcomeOf(start(host, args, folder), limit, done);
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  return { ...outcome, lines };
}

/** Runs the text once; `undefined` where the host needs a lowered one that nothing can make. */
async function runOnce(
  host: Host,
  text: string,
  folder: string,
  limit: number,
): Promise<Outcome | undefined> {
  if (host.kind === 'chromium' || host.kind === 'firefox') {
    return runPage(host, text, folder, limit);
  }
  let file = join(folder, host.kind === 'script' ? 'checks.js' : 'checks.mjs');
  const whole: string | undefined = host.lowered
    ? lowered(`${text}${SHELL}`)
    : `${text}${host.kind === 'workerd' ? WORKERD : SHELL}`;
  if (whole === undefined) return undefined;
  writeFileSync(file, whole);
  if (host.kind === 'workerd') {
    file = join(folder, 'config.capnp');
    writeFileSync(file, WORKERD_CONFIG);
  }
  return outcomeOf(start(host, [file, ...(host.after ?? [])], folder), limit);
}

/**
 * Runs all programs on one host.
 * @param folder for its files; nobody else's
 * @param limit milliseconds for all of it
 * @returns a result for each program, by its name
 */
export async function runHost(
  host: Host,
  all: readonly Program[],
  folder: string,
  limit: number,
): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  const fill = (result: Result): void => {
    for (const { name } of all) if (!results.has(name)) results.set(name, result);
  };
  if (host.command === undefined) {
    fill({ state: 'absent' });
    return results;
  }
  const deadline = Date.now() + limit;
  for (let deaths = 0; results.size < all.length; deaths++) {
    const text = checksText(all, new Set(results.keys()));
    const outcome = await runOnce(host, text, folder, Math.max(1, deadline - Date.now()));
    if (outcome === undefined) {
      fill({ state: 'absent' });
      break;
    }
    for (const line of outcome.lines) {
      const [, name, time, value] = /^@@ (\S+) (\d+) ([\s\S]*)$/.exec(line) ?? [];
      const program = all.find((one) => one.name === name);
      if (program === undefined) continue;
      const milliseconds = Number(time);
      results.set(
        program.name,
        value === program.expected
          ? { state: 'ok', milliseconds }
          : { state: 'wrong', milliseconds, detail: `${value!.slice(0, 200)}` },
      );
    }
    if (outcome.late) {
      fill({ state: 'slow' });
    } else {
      const next = all.find(({ name }) => !results.has(name));
      if (next === undefined) break;
      const detail = `the host ended: ${outcome.noise}`;
      results.set(next.name, { state: 'wrong', detail });
      if (deaths === DEATHS || outcome.lines.length === 0) fill({ state: 'wrong', detail });
    }
  }
  return results;
}
