/**
 * Pages in real browsers: serves a folder under a content security policy, lets a browser without a window open a page
 * of it, and gives the lines that the page posts to `/line`, up to `end`. Debian's browsers; `CHROMIUM` and `FIREFOX`
 * name others.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** A policy of a page that may neither evaluate text nor compile WebAssembly. */
export const STRICT = "default-src 'self'; script-src 'self'";

/** A browser. */
export interface Browser {
  name: 'chromium' | 'firefox';
  file: string;
}

const found = (name: string, files: (string | undefined)[]): string =>
  files.find((file) => file !== undefined && existsSync(file)) ?? name;

/** All browsers, installed or not. */
export const browsers: readonly Browser[] = [
  { name: 'chromium', file: found('chromium', [process.env['CHROMIUM'], '/usr/bin/chromium']) },
  {
    name: 'firefox',
    file: found('firefox', [process.env['FIREFOX'], '/usr/bin/firefox-esr', '/usr/bin/firefox']),
  },
];

const PREFERENCES = `user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.startup.max_resumed_crashes", -1);
`;

/** Starts a browser without a window, in a process group of its own; to be ended by `stop`. */
export const start = ({ name, file }: Browser, profile: string, url: string): ChildProcess => {
  let args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  args.push('--no-first-run', '--disable-breakpad', `--user-data-dir=${profile}`, url);
  if (name === 'firefox') {
    writeFileSync(join(profile, 'user.js'), PREFERENCES);
    args = ['--headless', '--no-remote', '--profile', profile, url];
  }
  // A process group of its own: browsers are many processes.
  return spawn(file, args, {
    env: { ...process.env, HOME: profile },
    stdio: 'ignore',
    detached: true,
  });
};

/** Ends a browser and removes its profile. */
export const stop = async (child: ChildProcess, profile: string): Promise<void> => {
  const gone = new Promise((resolve) => child.on('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await gone;
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
};

/** What a page does with a line, and at its end. */
export const POSTING = `
let posted = Promise.resolve();
const say = (text) => { posted = posted.then(() => fetch('/line', { method: 'POST', body: String(text) })); };
addEventListener('error', ({ message }) => { say('error: ' + message); say('end'); });
addEventListener('unhandledrejection', ({ reason }) => { say('error: ' + reason); say('end'); });
`;

/**
 * Opens pages of a folder in one browser, one after the other.
 * @param pages paths of the pages, each with the policy that it and its scripts are sent with, and whether these are
 *   isolated from other sites (shared memory)
 * @param limit milliseconds for a page
 * @returns the lines of each page; the last is `late` where its time was over
 */
export const openPages = async (
  browser: Browser,
  folder: string,
  pages: readonly { path: string; policy: string | undefined; isolated?: boolean }[],
  limit = 60_000,
): Promise<string[][]> => {
  const results: string[][] = [];
  for (const { path, policy, isolated = false } of pages) {
    const lines: string[] = [];
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      if (pathname === '/line') {
        let line = '';
        request.setEncoding('utf8').on('data', (chunk: string) => {
          line += chunk;
        });
        request.on('end', () => {
          response.end();
          if (line === 'end') finish();
          else lines.push(line);
        });
        return;
      }
      const file = join(folder, decodeURIComponent(pathname));
      if (!existsSync(file) || !statSync(file).isFile()) {
        response.writeHead(404).end();
        return;
      }
      if (policy !== undefined) response.setHeader('content-security-policy', policy);
      if (isolated) {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const profile = await mkdtemp(join(tmpdir(), 'wasm2js-profile-'));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
    const child = start(browser, profile, url);
    const timer = setTimeout(() => {
      lines.push('late');
      finish();
    }, limit);
    await done;
    clearTimeout(timer);
    await stop(child, profile);
    server.closeAllConnections();
    server.close();
    results.push(lines);
  }
  return results;
};
