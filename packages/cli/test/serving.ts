/** A `serve` in a process of its own, for tests: starts it, asks it, speaks to it byte by byte. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { cleanEnv, command } from './cli.js';
import type { Host } from './hosts.js';

/** A server in a process of its own. */
export class Serving {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out = '';
  errors = '';
  port = 0;

  constructor(args: readonly string[], [file, ...before]: Host['command'] = [process.execPath]) {
    const all = [...before, command, 'serve', ...args, '--port', '0'];
    this.child = spawn(file, all, { env: cleanEnv(), stdio: 'pipe' });
    this.child.stdout!.on('data', (chunk) => (this.out += chunk));
    this.child.stderr!.on('data', (chunk) => (this.errors += chunk));
    this.ended = new Promise((done) => this.child.on('close', done));
  }

  /** Waits until it listens. */
  async ready(): Promise<this> {
    await until(() => /serving on/.test(this.errors) || this.child.exitCode !== null);
    this.port = Number(/:(\d+)\/$/m.exec(this.errors)?.[1]);
    if (!this.port) throw new Error(this.errors);
    return this;
  }

  /** Asks for a path. */
  ask(
    path: string,
    {
      method = 'GET',
      headers = {},
      body,
    }: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
  ): Promise<{ status: number; reason: string; headers: IncomingHttpHeaders; text: string }> {
    return new Promise((done, fail) => {
      const options = {
        host: '127.0.0.1',
        port: this.port,
        path,
        method,
        headers,
        agent: false as const,
      };
      const sent = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          const { statusCode = 0, statusMessage = '' } = answer;
          const text = Buffer.concat(chunks).toString('latin1');
          done({ status: statusCode, reason: statusMessage, headers: answer.headers, text });
        });
      });
      sent.on('error', fail);
      sent.end(body);
    });
  }

  /** The program's variables. */
  async environment(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Record<string, string>> {
    const { text } = await this.ask(path, { headers });
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }
}

/** Waits until something is so. */
export const until = async (test: () => boolean): Promise<void> => {
  const end = Date.now() + 30_000;
  while (!test() && Date.now() < end) await new Promise((done) => setTimeout(done, 10));
};

/**
 * Sends text on a connection of its own.
 * It ends after `limit` milliseconds, or when what has come ends with `last`; else when the server ends it.
 * @returns what has come
 */
export const speak = (
  port: number,
  text: string,
  { limit, last }: { limit?: number; last?: string } = {},
): Promise<string> =>
  new Promise((done) => {
    let all = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      all += chunk;
      if (last !== undefined && all.endsWith(last)) socket.end();
    });
    socket.on('close', () => done(all));
    socket.on('error', () => {});
    if (limit !== undefined) setTimeout(() => socket.destroy(), limit);
  });
