// One test of wasi-testsuite: gets its description (the .json beside it) and a function that starts the program, does
// what is described, gives undefined or what went wrong. The format is doc/specification.md of the suite.
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startServers } from './servers.mjs';

/** What a stream has given so far, and what is awaited of it. */
class Gathered {
  text = '';
  ended = false;
  changed = () => {};

  constructor(stream) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      this.text += chunk;
      this.changed();
    });
    stream.on('end', () => {
      this.ended = true;
      this.changed();
    });
    stream.on('error', () => {});
  }

  /** Takes as much of the beginning as `find` says, once it says so; all there is at the end. */
  async take(find) {
    for (;;) {
      const length = find(this.text) ?? (this.ended ? this.text.length : undefined);
      if (length !== undefined) {
        const taken = this.text.slice(0, length);
        this.text = this.text.slice(length);
        return taken;
      }
      await new Promise((done) => {
        this.changed = done;
      });
    }
  }

  bytes = (count) => this.take((text) => (text.length >= count ? count : undefined));
  line = () =>
    this.take((text) => (text.includes('\n') ? text.indexOf('\n') + 1 : undefined)).then((line) =>
      line.trim(),
    );
}

const different = (what, wanted, got) =>
  wanted === got
    ? undefined
    : `${what}: ${JSON.stringify(wanted)} is wanted, and there is ${JSON.stringify(got)}`;

/** Makes a request; gives its whole answer. */
const exchange = (url, { method, headers, body, trailers }) =>
  new Promise((done, fail) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status, headers: got, trailers: last } = response;
        done({ status, headers: got, trailers: last, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', fail);
    if (trailers !== undefined) {
      // Node does not do so by itself for a GET.
      sent.setHeader('Transfer-Encoding', 'chunked');
      sent.setHeader('Trailer', Object.keys(trailers).join(', '));
      sent.write(body);
      sent.addTrailers(trailers);
      sent.end();
    } else sent.end(body);
  });

/** A test that is under way. */
class Running {
  sockets = new Map();

  constructor(child) {
    this.child = child;
    this.stdout = new Gathered(child.stdout);
    this.stderr = new Gathered(child.stderr);
    child.stdin.on('error', () => {});
    this.exit = new Promise((done) => child.on('exit', (code, signal) => done(code ?? signal)));
  }

  operations = {
    write: ({ payload }) => void this.child.stdin.write(payload),
    read: async ({ id, payload }) => different(id, payload, await this[id].bytes(payload.length)),
    wait: async ({ exit_code: wanted = 0 }) => {
      this.child.stdin.end();
      const code = await this.exit;
      const said = this.stderr.text.trim().split('\n').slice(-3).join(' | ').slice(0, 300);
      return code === wanted ? undefined : `exit code ${code} for ${wanted}${said && `: ${said}`}`;
    },
    connect: async ({ id }) => {
      const [, host, port] = /^(.*):(\d+)$/.exec(await this.stdout.line()) ?? [];
      if (port === undefined) return 'it tells no address';
      const socket = connect(Number(port), host);
      this.sockets.set(id, { socket, data: new Gathered(socket) });
      return new Promise((done) => {
        socket.on('connect', () => done(undefined));
        socket.on('error', (error) => done(error.message));
      });
    },
    send: ({ id, payload }) => void this.sockets.get(id).socket.write(payload),
    recv: async ({ id, payload }) =>
      different(id, payload, await this.sockets.get(id).data.bytes(payload.length)),
    request: async ({ path, response: wanted, ...request }) => {
      this.url ??= /http:\/\/[^\s/]+/.exec(await this.stderr.line())?.[0];
      if (this.url === undefined) return 'it tells no address';
      const got = await exchange(`${this.url}${path}`, request);
      const fields = ['headers', 'trailers'].flatMap((kind) =>
        Object.entries(wanted[kind] ?? {}).map(([name, value]) =>
          different(name, value, got[kind][name]),
        ),
      );
      return (
        different('status', wanted.status, got.status) ??
        fields.find((one) => one !== undefined) ??
        ('body' in wanted && wanted.body === undefined
          ? undefined
          : different('body', wanted.body ?? '', got.body))
      );
    },
    kill: ({ signal }) => void this.child.kill(signal),
  };
}

/** Tests leave files whose names end so. */
const clean = (folder) => {
  for (const name of folder === undefined ? [] : readdirSync(folder))
    if (name.endsWith('.cleanup')) rmSync(join(folder, name), { recursive: true });
};

/**
 * Runs a test.
 * @param description of the test
 * @param folder that paths in it are in
 * @param command gives file and arguments from `{ argv0, args, env, root, world, proposals, use, timeLimit }`
 * @param limit milliseconds
 */
export const runTest = async (description, folder, command, limit) => {
  const { operations, root, world = 'wasi:cli/command', proposals = [], use } = description;
  const first = { ...description, ...operations?.[0] };
  const { env, stop } = await startServers(description.servers);
  const where = root ?? first.root;
  const given = {
    argv0: first.argv0,
    args: first.args ?? [],
    env: { ...first.env, ...env },
    root: where && join(folder, where),
    world,
    proposals,
    use,
    timeLimit: first.timeLimit,
  };
  clean(given.root);
  const [file, ...args] = command(given);
  const child = spawn(file, args, { stdio: 'pipe' });
  const running = new Running(child);
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(() => done(`no end after ${limit / 1000} s`), limit);
  });
  const all = async () => {
    for (const operation of operations?.slice(1) ?? [
      { type: 'wait', exit_code: first.exit_code },
    ]) {
      const wrong = await running.operations[operation.type](operation);
      if (wrong !== undefined) return `${operation.type}: ${wrong}`;
    }
    return undefined;
  };
  try {
    return await Promise.race([all(), late]);
  } catch (error) {
    const said = running.stderr.text.trim().split('\n').slice(0, 2).join(' | ').slice(0, 300);
    return `${error.message}: ${error.cause?.message ?? ''} ${said}`;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    for (const { socket } of running.sockets.values()) socket.destroy();
    stop();
    clean(given.root);
  }
};
