/** Images that are made: what is in them, that two are the same, that registries take and give them. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../src/digest.js';
import {
  type CreateOptions,
  createImage,
  ImageError,
  type PushOptions,
  parseRegistryReference,
  pushImage,
  type RegistryOptions,
  readImage,
  writeLayout,
} from '../src/index.js';
import {
  type Blob,
  COMMAND,
  DOCKER,
  descriptor,
  fixture,
  image,
  layer,
  layoutFiles,
  OCI,
  temporaryFolder,
  writeFolder,
} from './images.js';
import { type Behaviour, Registry } from './registry.js';

const folder = temporaryFolder();

/** A base of three platforms, one of which only Docker's words describe. */
const base = writeFolder(
  join(folder, 'base'),
  (() => {
    const one = (architecture: string, variant?: string) => {
      const node = layer([{ path: 'usr/bin/node', content: `node for ${architecture}` }]);
      if (architecture === 's390x')
        node.mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
      const config = {
        Entrypoint: ['docker-entrypoint.sh'],
        Cmd: ['node'],
        Env: ['PATH=/usr/bin', 'A=base'],
      };
      const made = image({ os: 'linux', architecture, layers: [node], config });
      made.manifest.platform = { os: 'linux', architecture, ...(variant ? { variant } : {}) };
      return made;
    };
    const all = [one('amd64'), one('arm64', 'v8'), one('s390x')];
    const index: Blob = {
      mediaType: OCI.index,
      bytes: layoutFiles(
        all.map(({ manifest }) => manifest),
        [],
      ).get('index.json')!,
    };
    return layoutFiles(
      [index],
      all.flatMap(({ manifest, blobs }) => [manifest, ...blobs]),
    );
  })(),
);

const options = (more: Partial<CreateOptions> = {}): CreateOptions => ({
  module: COMMAND,
  script: Buffer.from('console.log("hello")'),
  name: 'app',
  base,
  ...more,
});

const make = async (more: Partial<CreateOptions> = {}) => {
  const { image: made, close } = await createImage(options(more));
  afterAll(close);
  return made;
};

const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

/** Manifests and configurations of an image by platform. */
const parts = async (made: Awaited<ReturnType<typeof make>>) => {
  // biome-ignore lint/suspicious/noExplicitAny: documents, of which tests look at some fields
  const found: Record<string, { manifest: any; config: any; layers: string[] }> = {};
  for (const { descriptor: d, bytes } of made.manifests) {
    const manifest = json(await bytes());
    const config = made.blobs.find((blob) => blob.descriptor.digest === manifest.config.digest)!;
    const { os, architecture, variant } = d.platform!;
    found[[os, architecture, ...(variant ? [variant] : [])].join('/')] = {
      manifest,
      config: json(await config.bytes()),
      layers: manifest.layers.map((item: { digest: string }) => item.digest),
    };
  }
  return found;
};

describe('an image', () => {
  test('is one layer for all processors above the base of each, and the module for WebAssembly', async () => {
    const made = await make({
      args: ['x'],
      labels: { b: '2', a: '1' },
      annotations: { title: 't' },
    });
    expect(made.platforms).toEqual(['linux/amd64', 'linux/arm64/v8', 'linux/s390x', 'wasi/wasm']);
    expect(made.missing).toEqual(['linux/riscv64', 'linux/ppc64le']);
    const all = await parts(made);
    const natives = ['linux/amd64', 'linux/arm64/v8', 'linux/s390x'].map((name) => all[name]!);
    expect(new Set(natives.map(({ layers }) => layers[1])).size).toBe(1);
    expect(new Set(natives.map(({ layers }) => layers[0])).size).toBe(3);
    for (const { config, manifest, layers } of natives) {
      expect(config.config).toMatchObject({
        Entrypoint: ['node', '/app/app.cjs'],
        Cmd: ['x'],
        Labels: { a: '1', b: '2' },
      });
      expect(config.config.Env).toEqual([
        'PATH=/usr/bin',
        'A=base',
        'WASM2JS_DIRS=/::/',
        'WASM2JS_ENV=*',
        'WASM2JS_ARGV0=/app.wasm',
      ]);
      expect(config.created).toBe('1970-01-01T00:00:00Z');
      expect(manifest.annotations).toMatchObject({ title: 't' });
      expect(manifest.annotations['org.opencontainers.image.base.digest']).toMatch(/^sha256:/);
      expect(manifest.annotations).not.toHaveProperty('org.opencontainers.image.base.name');
      expect(manifest.layers.map((item: { mediaType: string }) => item.mediaType)).toEqual([
        OCI.gzipLayer,
        OCI.gzipLayer,
      ]);
      expect(layers).toHaveLength(2);
    }
    const path = join(folder, 'made');
    await writeLayout(made, path, 'v1', 0);
    const program = await readImage(`oci:${path}:v1`);
    expect(program).toMatchObject({
      args: ['/app.wasm', 'x'],
      path: '/app.wasm',
      workingDirectory: '/',
    });
    expect(Buffer.compare(program.module, COMMAND)).toBe(0);
    expect(program.about.annotations).toMatchObject({
      'module.wasm.image/variant': 'compat-smart',
    });
    expect(json(await made.index.bytes()).annotations).toEqual({ title: 't' });
  });

  test('is the same to the byte, whatever the order of what is given; time alone changes it', async () => {
    const digests = [];
    for (const more of [
      { labels: { a: '1', b: '2' } },
      { labels: { b: '2', a: '1' } },
      { labels: { a: '1', b: '2' }, created: 1 },
    ])
      digests.push((await make(more)).index.descriptor.digest);
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
    // The compression is ours, so this holds on every processor and version of Node.
    const { blobs } = await make({ platforms: ['wasi/wasm'] });
    expect(blobs.map((blob) => blob.descriptor.digest)).toMatchInlineSnapshot(`
      [
        "sha256:0d9b367dce4dfe4afe3d82bacc48201a5d466138b456a3d5aea0831ab8b03e51",
        "sha256:74a26d9c34a3268d42caa4f55e1ecb3e3f054230cae000d3ca9b4d245fd234cc",
      ]
    `);
    const files = ['one.tar', 'two.tar'].map((name) => join(folder, name));
    for (const file of files) await writeLayout(await make(), file, 'latest', 0);
    expect(readFileSync(files[0]!).equals(readFileSync(files[1]!))).toBe(true);
    expect((await readImage(files[0]!)).path).toBe('/app.wasm');
  });

  test('of an image keeps its files, environment and arguments', async () => {
    const program = await readImage(fixture('show-oci.tar'));
    const made = await make({ module: program.module, name: 'show', program });
    const all = await parts(made);
    const { config } = all['linux/amd64']!;
    expect(config.config).toMatchObject({
      Entrypoint: ['node', '/app/show.cjs'],
      Cmd: ['hello.txt'],
      WorkingDir: '/data',
    });
    expect(config.config.Env).toEqual([
      'PATH=/usr/bin',
      'A=base',
      'PWD=/data',
      'GREETING=good day',
      'WASM2JS_DIRS=/::/,/data::/data,/data::.',
      'WASM2JS_ENV=*',
      'WASM2JS_ARGV0=/app.wasm',
    ]);
    expect(all['linux/amd64']!.layers[1]).toBe(all['wasi/wasm']!.layers[0]);
    const path = join(folder, 'again');
    await writeLayout(made, path, 'latest', 0);
    const again = await readImage(path);
    expect(again).toMatchObject({
      args: program.args,
      path: '/app.wasm',
      workingDirectory: '/data',
    });
    expect([...again.files.entries.keys()].sort()).toEqual(['app.wasm', 'data']);
  });

  test('for chosen platforms; one that the base lacks is an error then', async () => {
    expect((await make({ platforms: ['linux/arm64'] })).platforms).toEqual(['linux/arm64/v8']);
    await expect(make({ platforms: ['linux/arm64/v7'] })).rejects.toThrow(
      /is not for linux\/arm64\/v7/,
    );
    await expect(make({ platforms: ['linux/riscv64'] })).rejects.toThrow(
      /is not for linux\/riscv64, only for linux\/amd64, linux\/arm64\/v8, linux\/s390x/,
    );
    expect((await make({ platforms: ['wasi/wasm'], base: '/nowhere' })).platforms).toEqual([
      'wasi/wasm',
    ]);
    await expect(make({ base: '/nowhere' })).rejects.toThrow(/no such file/);
    await expect(make({ base: fixture('say-handler.tar'), platforms: ['linux'] })).rejects.toThrow(
      /no platform/,
    );
  });

  test('does not take the place of what is no layout', async () => {
    const made = await make({ platforms: ['wasi/wasm'] });
    const path = mkdtempSync(join(folder, 'out-'));
    await writeLayout(made, path, 'latest', 0);
    await writeLayout(made, path, 'latest', 0);
    expect(readdirSync(path).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    writeFileSync(join(path, 'mine'), '');
    await expect(writeLayout(made, path, 'latest', 0)).rejects.toThrow(/no OCI layout/);
    mkdirSync(`${path}.tar`);
    await expect(writeLayout(made, `${path}.tar`, 'latest', 0)).rejects.toThrow(/is a folder/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(existsSync(join(path, 'mine'))).toBe(true);
  });
});

describe('a registry', () => {
  const running: Registry[] = [];
  const start = async (behaviour?: Behaviour): Promise<Registry> => {
    const registry = await Registry.start(behaviour);
    running.push(registry);
    return registry;
  };
  afterEach(async () => {
    for (const registry of running.splice(0)) await registry.stop();
  });
  const nobody = { env: { DOCKER_CONFIG: join(folder, 'nowhere'), HOME: folder } };
  const push = async (registry: Registry, more: PushOptions = nobody, name = 'test/app:v1') =>
    pushImage(await make(), parseRegistryReference(`${registry.host}/${name}`), more);
  const pull = (registry: Registry, name = 'test/app:v1', more: RegistryOptions = nobody) =>
    readImage(`docker://${registry.host}/${name}`, { registry: more });
  const refusal = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      expect(error.message).not.toMatch(/\p{Cc}/u);
      return error.message;
    }
    throw new Error('it was not refused');
  };

  test('takes an image and gives it again, by tag and by digest', async () => {
    const registry = await start();
    const { name, sent, present } = await push(registry);
    expect([sent, present]).toEqual([registry.blobs.size, 0]);
    const digest = name.split('@')[1]!;
    for (const reference of ['test/app:v1', `test/app@${digest}`, `test/app:v1@${digest}`])
      expect((await pull(registry, reference)).path).toBe('/app.wasm');
    // Nothing is sent a second time.
    const again = await push(registry, nobody, 'test/app:v2');
    expect([again.sent, again.present, again.name]).toEqual([0, sent, name]);
  });

  test('takes blobs in pieces, and mounts those of the base', async () => {
    const registry = await start({ mount: true });
    await push(registry, { ...nobody, chunk: 100 });
    expect(registry.log.filter((line) => line.startsWith('PATCH')).length).toBeGreaterThan(10);
    const before = registry.blobs.size;
    const { sent } = await push(registry, { ...nobody, from: ['test/app'] }, 'test/other:v1');
    expect([sent, registry.blobs.size]).toEqual([0, before]);
    expect((await pull(registry, 'test/other:v1')).path).toBe('/app.wasm');
  });

  test('is a base', async () => {
    const registry = await start();
    await push(registry);
    const made = await make({ base: `docker://${registry.host}/test/app:v1` });
    expect(made.platforms).toHaveLength(4);
    const { manifest } = (await parts(made))['linux/amd64']!;
    expect(manifest.annotations['org.opencontainers.image.base.name']).toBe(
      `${registry.host}/test/app:v1`,
    );
    expect(manifest.layers).toHaveLength(3);
  });

  describe('that asks who is there', () => {
    const login = { user: 'me', password: 'p:w' };
    const config = (value: unknown): RegistryOptions => {
      const DOCKER_CONFIG = mkdtempSync(join(folder, 'config-'));
      writeFileSync(join(DOCKER_CONFIG, 'config.json'), JSON.stringify(value));
      return { env: { DOCKER_CONFIG } };
    };
    const auth = Buffer.from('me:p:w').toString('base64');

    test('by name and password, of the file that docker login writes', async () => {
      const registry = await start({ auth: 'basic', ...login });
      const known = config({ auths: { [registry.host]: { auth } } });
      await push(registry, known);
      expect((await pull(registry, 'test/app:v1', known)).path).toBe('/app.wasm');
      expect(await refusal(pull(registry))).toMatch(
        /the registry answers 401: authentication required/,
      );
      const helped = config({ credsStore: 'secretservice' });
      expect(await refusal(pull(registry, 'test/app:v1', helped))).toMatch(
        /docker-credential-secretservice are not read/,
      );
    });

    test('by tokens: for nobody, for a name and password, for a refresh token', async () => {
      const open = await start({ auth: 'bearer' });
      await push(open);
      expect((await pull(open)).path).toBe('/app.wasm');
      const closed = await start({ auth: 'bearer', ...login, refreshToken: 'again' });
      for (const entry of [
        { auth },
        { username: 'me', password: 'p:w' },
        { identitytoken: 'again' },
      ]) {
        const known = config({ auths: { [`https://${closed.host}`]: entry } });
        await push(closed, known);
        expect((await pull(closed, 'test/app:v1', known)).path).toBe('/app.wasm');
      }
      const wrong = config({ auths: { [closed.host]: { username: 'me', password: 'x' } } });
      expect(await refusal(pull(closed, 'test/app:v1', wrong))).toMatch(
        /a token: the registry answers 401: wrong password/,
      );
    });

    test('and is told so nowhere else', async () => {
      const store = await start();
      const registry = await start({
        auth: 'bearer',
        ...login,
        redirect: `http://${store.host}/blob`,
      });
      const known = config({ auths: { [registry.host]: { auth } } });
      await push(registry, known);
      store.behaviour.answer = (request, response) => {
        response.end(registry.blobs.get(request.url!.split('/').at(-1)!));
        return true;
      };
      expect((await pull(registry, 'test/app:v1', known)).path).toBe('/app.wasm');
      expect(store.log.length).toBeGreaterThan(0);
      expect(store.authorizations.every((value) => value === undefined)).toBe(true);
    });
  });

  describe('that misbehaves is told in one line:', () => {
    /** Answers in place of the registry where the path matches. */
    const instead =
      (path: RegExp, status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
      (request: { url?: string }, response: ServerResponse): boolean => {
        if (!path.test(request.url!)) return false;
        response.writeHead(status, headers);
        response.end(body);
        return true;
      };
    let manifest: Blob;
    beforeAll(() => {
      manifest = image().manifest;
    });
    const typed = { 'content-type': OCI.manifest };
    const cases: [string, () => Behaviour['answer'], RegExp][] = [
      [
        'nothing there',
        () => undefined,
        /there is no 127.0.0.1:\d+\/test\/none:v1 in the registry/,
      ],
      ['broken', () => instead(/manifests/, 500, '<html>'), /answers 500$/],
      [
        'another digest in the header',
        () =>
          instead(/manifests/, 200, '{}', {
            ...typed,
            'docker-content-digest': `sha256:${'0'.repeat(64)}`,
          }),
        /the manifest has digest/,
      ],
      ['no JSON', () => instead(/manifests/, 200, 'x', typed), /the manifest is no JSON/],
      [
        'a manifest without end',
        () => instead(/manifests/, 200, Buffer.alloc(5 << 20, 32), typed),
        /larger than 4 MiB/,
      ],
      [
        'blobs of other bytes',
        () => (request, response) =>
          instead(/manifests/, 200, Buffer.from(manifest.bytes), typed)(request, response) ||
          instead(/blobs/, 200, Buffer.alloc(1 << 20))(request, response),
        /the configuration has more bytes/,
      ],
      [
        'a way off to where no encryption is',
        () => instead(/manifests/, 307, '', { location: 'http://example.com/' }),
        /leads to http:\/\/example.com, which is not HTTPS/,
      ],
      [
        'a circle',
        () => (_, response) => {
          response.writeHead(307, { location: '/v2/test/none/manifests/v1' });
          response.end();
          return true;
        },
        /redirects without end/,
      ],
      ['silence', () => () => true, /no answer in 0.3 seconds/],
      [
        'tokens from where no encryption is',
        () =>
          instead(/manifests/, 401, '', {
            'www-authenticate': 'Bearer realm="http://example.com/token"',
          }),
        /leads to http:\/\/example.com, which is not HTTPS/,
      ],
      [
        'control characters in what it says',
        () => instead(/manifests/, 403, '{"errors":[{"message":"\\u001b[31mno\\n"}]}'),
        /answers 403: \\u001b\[31mno\\n$/,
      ],
    ];
    for (const [name, answer, text] of cases) {
      test(name, async () => {
        const behaviour = answer();
        const registry = await start(behaviour === undefined ? {} : { answer: behaviour });
        const message = await refusal(pull(registry, 'test/none:v1', { ...nobody, timeout: 0.3 }));
        expect(message).toMatch(text);
      });
    }

    test('a manifest whose digest was asked for', async () => {
      const registry = await start({ answer: instead(/manifests/, 200, '{}', typed) });
      const wanted = `test/app@sha256:${'0'.repeat(64)}`;
      expect(await refusal(pull(registry, wanted))).toMatch(/the manifest has digest/);
    });

    test('nobody there; a push that is refused', async () => {
      const registry = await start();
      const { host } = registry;
      await registry.stop();
      expect(await refusal(readImage(`docker://${host}/app`, { registry: nobody }))).toMatch(
        /ECONNREFUSED/,
      );
      const closed = await start({
        answer: instead(/uploads/, 403, '{"errors":[{"code":"DENIED"}]}'),
      });
      expect(await refusal(push(closed))).toMatch(/the registry answers 403: DENIED/);
    });
  });
});

test('references are read as everybody does', () => {
  const cases: Record<string, object> = {
    node: { host: 'docker.io', repository: 'library/node', tag: 'latest' },
    'me/app:1': { host: 'docker.io', repository: 'me/app', tag: '1' },
    'ghcr.io/a/b/c': { host: 'ghcr.io', repository: 'a/b/c', tag: 'latest' },
    'localhost:5000/a': { host: 'localhost:5000', repository: 'a', tag: 'latest' },
    '[::1]:5000/a:b': { host: '[::1]:5000', repository: 'a', tag: 'b' },
    [`localhost/a@${sha256('')}`]: { host: 'localhost', tag: undefined, digest: sha256('') },
  };
  for (const [text, expected] of Object.entries(cases))
    expect(parseRegistryReference(text)).toMatchObject(expected);
  for (const text of ['', 'A', 'a//b', 'a:', 'a:b:c', 'a@b', '../a', 'host.x/', 'a b'])
    expect(() => parseRegistryReference(text), text).toThrow(ImageError);
});

// Used by helpers of other tests, too.
test('hand-made descriptors are what they say', () => {
  expect(descriptor({ mediaType: DOCKER.config, bytes: COMMAND })).toMatchObject({
    size: COMMAND.length,
  });
});
