/** Runs one process to its end, or to its limit: what it printed, and how long it took. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Processes that run now; ended with this one. */
const running = new Set();

const end = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
};
process.on('exit', () => running.forEach(end));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/** The environment without what npm, or a caller's Node, adds to it. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|WASM2JS_|NODE_OPTIONS|NODE_COMPILE_CACHE)/i.test(name),
  ),
);

/**
 * Runs a process; loads of other processes on the machine do not count.
 * @param command the file and its arguments
 * @returns { code, stdout, stderr, cpu }: cpu is the processor's time in milliseconds of it and of those it has started,
 *   where they load clock.mjs; code is 'limit' where it took too long
 */
export async function run(command, { cwd, env = {}, limit }) {
  const folder = mkdtempSync(join(tmpdir(), 'ecosystem-'));
  const clock = join(folder, 'clock');
  const [file, ...args] = command;
  try {
    const child = spawn(file, args, {
      cwd,
      detached: true,
      env: { ...environment, ECOSYSTEM_CLOCK: clock, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (data) => {
        text[name] += data;
      });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end(child);
    }, limit * 1000);
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    clearTimeout(timer);
    end(child);
    running.delete(child);
    const times = existsSync(clock) ? readFileSync(clock, 'utf8').trim().split('\n') : [];
    const cpu = times.reduce((sum, time) => sum + Number(time), 0);
    return { code: late ? 'limit' : code, cpu, ...text };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
