/** Components of wasi:http 0.2: served, called as a function, and as clients; fixtures/http.c is what answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, command, execute, wasm2js } from '../../cli/test/cli.js';
import { describeHosts } from '../../cli/test/hosts.js';
import { embedded, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const noise = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 7);

let component: string;
let origin: Server;
/** Where it listens. */
let authority: string;

beforeAll(async () => {
  component = written(folder, 'http.wasm', await embedded('http'));
  origin = createServer((asked, answer) => {
    let size = 0;
    asked.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    asked.on('end', () => {
      answer.writeHead(203);
      answer.end(`${asked.method} ${asked.url} ${size} ${asked.headers.host}`);
    });
  });
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
  authority = `127.0.0.1:${(origin.address() as AddressInfo).port}`;
});
afterAll(() => origin.close());

describe('served', () => {
  let child: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    const limits = '--time-limit 2 --body-limit 4M --answer-limit 4M --concurrency 2 --tcp'.split(
      ' ',
    );
    const args = ['serve', component, '--port', '0', ...limits, '--allow-net', authority];
    child = spawn(process.execPath, [command, ...args], { env: cleanEnv(), stdio: 'pipe' });
    child.stdout!.resume();
    url = await new Promise<string>((done) => {
      child.stderr!.on('data', (chunk) => {
        said += chunk;
        const [found] = /http:\S+/.exec(said) ?? [];
        if (found) done(found);
      });
    });
  }, 60_000);
  afterAll(() => void child.kill());

  const get = async (path: string, options?: RequestInit) => {
    const answer = await fetch(new URL(path, url), options);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  test.skipIf(!existsSync('/proc/self/status'))('keeps nothing of the compiler', () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(status)!;
    expect(Number(kilobytes) / 1024).toBeLessThan(140);
  });

  test('answers, with a header of its own', async () => {
    const { status, headers, text } = await get('/hello');
    expect([status, text, headers.get('content-type')]).toEqual([200, 'hello\n', 'text/plain']);
    expect((await get('/elsewhere')).status).toBe(404);
  });

  test('bodies go through, however large', async () => {
    const answer = await fetch(new URL('/echo', url), { method: 'POST', body: noise });
    expect(answer.headers.get('x-made-by')).toBe('echo');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(Buffer.compare(bytes, noise)).toBe(0);
    expect((await get('/many')).text).toHaveLength(3 * 1024 * 1024);
  });

  test('a component may come by standard input', async () => {
    const other = spawn(process.execPath, [command, 'serve', '-', '--port', '0'], {
      env: cleanEnv(),
    });
    other.stdin.end(readFileSync(component));
    const found = await new Promise<string>((done) => {
      let told = '';
      other.stderr.on('data', (chunk) => {
        const [address] = /http:\S+/.exec((told += chunk)) ?? [];
        if (address) done(address);
      });
    });
    expect(await (await fetch(new URL('/hello', found))).text()).toBe('hello\n');
    other.kill();
  });

  test('what a component writes at once is one piece, whose length is told', async () => {
    const body = noise.subarray(0, 16384);
    let whole = 0;
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(new URL('/echo', url), { method: 'POST', body });
      if (answer.headers.get('content-length') === '16384') whole++;
      expect((await answer.arrayBuffer()).byteLength).toBe(16384);
    }
    // The request may come in two.
    expect(whole).toBeGreaterThan(0);
  });

  test('what was written leaves, whatever the component does then', async () => {
    const answer = await fetch(new URL('/busy', url));
    const reader = answer.body!.getReader();
    const { value } = await reader.read();
    expect(Buffer.from(value!).toString()).toBe('first\n');
    await expect(reader.read()).rejects.toThrow();
  });

  test('an answer begins before the request has ended', async () => {
    const pieces: string[] = [];
    await new Promise<void>((done) => {
      const sent = request(new URL('/slow', url), { method: 'POST' }, (answer) => {
        answer.on('data', (chunk) => {
          pieces.push(String(chunk));
          if (pieces.length === 1) sent.end('second');
        });
        answer.on('end', done);
      });
      sent.flushHeaders();
    });
    expect(pieces).toEqual(['first\n', 'second']);
  });

  test('what fails is told as such, and ends nothing else', async () => {
    expect((await get('/trap')).status).toBe(500);
    expect((await get('/nothing')).status).toBe(502);
    expect((await get('/refuse')).status).toBe(502);
    await expect(get('/half')).rejects.toThrow();
    expect(said).toMatch(/http\.wasm: trap: unreachable/);
    expect(said).toMatch(/loop-detected/);
    expect((await get('/hello')).text).toBe('hello\n');
  });

  test('limits of time and size hold', async () => {
    const begun = performance.now();
    const [one, other] = await Promise.all([get('/loop'), get('/loop')]);
    expect([one!.status, other!.status]).toEqual([504, 504]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    const large = new Uint8Array(5_000_000);
    expect((await get('/hello', { method: 'POST', body: large })).status).toBe(413);
    expect((await get('/hello')).status).toBe(200);
  });

  test('a client that goes away ends its request', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc');
    await new Promise((done) => socket.once('data', done));
    socket.destroy();
    const all = await Promise.all([get('/hello'), get('/hello'), get('/hello')]);
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('many at a time, more than there are threads', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => get('/hello')));
    expect(all.every(({ text }) => text === 'hello\n')).toBe(true);
  });

  test('it reaches what it may, and nothing else', async () => {
    const { status, text } = await get(`/get?${authority}`);
    expect([status, text]).toEqual([203, `GET / 0 ${authority}`]);
    const posted = await get(`/post?${authority}`, { method: 'POST', body: noise });
    expect(posted.text).toBe(`POST / ${noise.length} ${authority}`);
    // destination-IP-prohibited, and HTTP-request-denied for a name that may not be looked up.
    expect((await get('/get?127.0.0.1:1')).text).toBe('error 04');
    expect((await get('/get?example.invalid')).text).toBe('error 15');
  });

  test('what is no such component is refused in one line', async () => {
    const { embedded: make } = await import('./fixtures.js');
    const shapes = written(folder, 'shapes.wasm', await make('shapes'));
    const { code, stderr } = wasm2js(['serve', shapes, '--port', '0']);
    expect(stderr).toMatch(/shapes\.wasm: this component does not export .*incoming-handler\n$/);
    expect(code).toBe(1);
  });
});

describe('as a library', () => {
  let script: string;
  beforeAll(() => {
    script = join(folder, 'http.mjs');
    expect(wasm2js(['build', component, '-o', script]).code).toBe(0);
  });

  test('`handle` answers a request in an instance of its own', async () => {
    const { handle } = await import(/* @vite-ignore */ script);
    const { status, headers, body } = handle({ path: '/hello' });
    expect([status, latin(body)]).toEqual([200, 'hello\n']);
    expect(headers.map(([name, value]: [string, Uint8Array]) => [name, latin(value)])).toEqual([
      ['content-type', 'text/plain'],
    ]);
    const pieces = ['a', 'bc', ''].map((text) => new TextEncoder().encode(text));
    const echoed = handle({ method: 'POST', path: '/echo', body: () => pieces.shift() });
    expect(latin(echoed.body)).toBe('abc');
    expect(latin(handle({ path: '/echo', body: 'straße' }).body)).toBe(
      Buffer.from('straße').toString('latin1'),
    );
    expect(() => handle({ path: '/nothing' })).toThrow('no whole answer');
    expect(() => handle({ path: '/refuse' })).toThrow('loop-detected');
    expect(() => handle({ path: '/half' })).toThrow('no whole answer');
    expect(() => handle({ path: '/trap' })).toThrow('unreachable');
    expect(() => handle({ method: 'no method', path: '/' })).toThrow(TypeError);
  });

  test('an instance answers request after request until it traps', async () => {
    const { handle } = await import(/* @vite-ignore */ script);
    const instance = handle.instance();
    for (const text of ['one', 'two', 'three'])
      expect(latin(instance.handle({ path: '/echo', body: text }).body)).toBe(text);
    expect(() => instance.handle({ path: '/trap' })).toThrow('unreachable');
    expect(() => instance.handle({ path: '/hello' })).toThrow('has failed to');
    instance.close();
  });

  test('and piece by piece into a sink', async () => {
    const { handle } = await import(/* @vite-ignore */ script);
    const seen: string[] = [];
    const sink = {
      respond: ({ status }: { status: number }) => seen.push(String(status)),
      write: (bytes: Uint8Array) => seen.push(latin(bytes)),
      end: () => seen.push('end'),
    };
    expect(handle({ path: '/slow', body: 'x' }, { sink })).toBe(undefined);
    expect(seen).toEqual(['200', 'first\n', 'x', 'end']);
  });

  test('it has no network that it is not given', async () => {
    const { handle } = await import(/* @vite-ignore */ script);
    expect(latin(handle({ path: `/get?${authority}` }).body)).toBe('error 15');
  });

  describeHosts('on hosts', (host) => {
    test('answers, and asks', () => {
      const program = written(
        folder,
        'program.mjs',
        `import { handle } from ${JSON.stringify(pathToFileURL(script).href)};
const text = (bytes) => String.fromCharCode(...bytes);
const network = { tcp: true, allow: ['127.0.0.1:*'] };
console.log(text(handle({ path: '/hello' }).body).trim());
console.log(text(handle({ path: '/get?127.0.0.1:1' }, { network }).body));
`,
      );
      const { stdout } = host.run(program, []);
      // connection-refused; a module of Node 18 cannot have Node's own, and so has no network.
      const code = host.name === 'Node 18' ? '03' : '06';
      expect(stdout).toBe(`hello\nerror ${code}\n`);
    });
  });

  test('without a JIT and without WebAssembly', () => {
    const { stdout } = execute(process.execPath, [
      '--jitless',
      '--no-warnings',
      '--input-type=module',
      '-e',
      `import { handle } from ${JSON.stringify(pathToFileURL(script).href)};
process.stdout.write(handle({ path: '/echo', body: 'jitless' }).body);`,
    ]);
    expect(stdout).toBe('jitless');
  });
});
