/** The default base of `image`, and programs, of a registry that behaves as Docker Hub does. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../src/digest.js';
import {
  createImage,
  DEFAULT_BASE,
  ImageError,
  parseRegistryReference,
  pushImage,
  type RegistryOptions,
  readImage,
} from '../src/index.js';
import { failure, Hub, type HubBehaviour } from './hub.js';
import { type Blob, COMMAND, descriptor, image, layer, OCI } from './images.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const nobody = { env: { DOCKER_CONFIG: '/nowhere', HOME: '/nowhere' } };
const TAG = DEFAULT_BASE.split(':').at(-1)!;
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'linux', architecture: 'ppc64le' },
  { os: 'linux', architecture: 'riscv64' },
  { os: 'linux', architecture: 's390x' },
];

/** What BuildKit adds to each platform: an image of documents for `unknown/unknown`. */
const attestation = (of: Blob, annotated: boolean) => {
  const statement = { mediaType: 'application/vnd.in-toto+json', bytes: Buffer.from('{}') };
  const made = image({ os: 'unknown', architecture: 'unknown', layers: [statement] });
  made.manifest.platform = { os: 'unknown', architecture: 'unknown' };
  // Each of them is about another image.
  made.manifest.bytes = Buffer.concat([
    made.manifest.bytes,
    Buffer.from(' '.repeat(1 + (Number.parseInt(sha256(of.bytes).slice(7, 9), 16) % 200))),
  ]);
  if (annotated)
    made.manifest.annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': sha256(of.bytes),
    };
  return made;
};

/** The hub with its image of Node, in place of the network. */
const start = (behaviour: HubBehaviour = {}, annotated = true): Hub => {
  const hub = new Hub(behaviour);
  const list: Blob[] = [];
  for (const platform of PLATFORMS) {
    const layers = ['a system', `node for ${platform.architecture}`].map((content, i) =>
      layer([{ path: i === 0 ? 'etc/os' : 'usr/local/bin/node', content }]),
    );
    const config = { Entrypoint: ['docker-entrypoint.sh'], Cmd: ['node'], Env: ['PATH=/bin'] };
    const { manifest, blobs } = image({ ...platform, layers, config });
    manifest.platform = platform;
    const about = attestation(manifest, annotated);
    hub.put(undefined, manifest, blobs);
    hub.put(undefined, about.manifest, about.blobs);
    list.push(manifest, about.manifest);
  }
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI.index,
      manifests: list.map((item) => descriptor(item)),
    }),
  );
  hub.put(TAG, { mediaType: OCI.index, bytes }, []);
  vi.stubGlobal('fetch', hub.fetch);
  return hub;
};

const make = async (registry: RegistryOptions = nobody, base?: string) => {
  const script = Buffer.from('console.log("hello")');
  const made = await createImage({ module: COMMAND, script, name: 'app', base, registry });
  // All that a layout would be made of.
  for (const { bytes } of made.image.blobs) await bytes();
  return made;
};
const OURS = ['amd64', 'arm64/v8', 's390x', 'riscv64', 'ppc64le'].map((name) => `linux/${name}`);

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImageError);
  return (error as ImageError).message;
};

describe('the default base', () => {
  test.each([true, false])('is read, notes annotated: %s', async (annotated) => {
    const hub = start({}, annotated);
    const { image: made } = await make();
    expect(made.platforms).toEqual([...OURS, 'wasi/wasm']);
    expect(made.missing).toEqual([]);
    expect(hub.scopes).toEqual([['repository:library/node:pull']]);
    expect(hub.log[0]).toBe(`GET https://registry-1.docker.io/v2/library/node/manifests/${TAG}`);
    // One of the system, one of ours, the module, and Node's of each processor.
    const layers = made.blobs.filter(({ descriptor: { mediaType } }) => /layer/.test(mediaType));
    expect(layers).toHaveLength(3 + OURS.length);
  });

  test('gives each processor its own Node below one layer for all', async () => {
    start();
    const { image: made } = await make();
    const byDigest = new Map(made.blobs.map((blob) => [blob.descriptor.digest, blob]));
    const own = new Set<string>();
    for (const { descriptor: at, bytes } of made.manifests.slice(0, -1)) {
      const manifest = JSON.parse(Buffer.from(await bytes()).toString());
      const config = JSON.parse(
        Buffer.from(await byDigest.get(manifest.config.digest)!.bytes()).toString(),
      );
      const { architecture, variant } = at.platform!;
      expect(config).toMatchObject({ os: 'linux', architecture });
      expect(config.variant).toBe(variant);
      expect(config.config).toMatchObject({
        Entrypoint: ['node', '/app/app.cjs'],
        Env: ['PATH=/bin', 'WASM2JS_DIRS=/::/', 'WASM2JS_ENV=*', 'WASM2JS_ARGV0=/app.wasm'],
      });
      expect(manifest.layers).toHaveLength(3);
      const node = layer([
        { path: 'usr/local/bin/node', content: `node for ${architecture}` },
      ]).bytes;
      expect(manifest.layers[1]).toMatchObject({ digest: sha256(node), size: node.length });
      own.add(manifest.layers[2].digest);
      expect(manifest.annotations['org.opencontainers.image.base.name']).toBe(
        `docker.io/library/node:${TAG}`,
      );
    }
    expect(own.size).toBe(1);
  });

  test.each([
    'node',
    'library/node',
    'docker.io/node',
    'docker.io/library/node',
    'index.docker.io/library/node',
    'registry-1.docker.io/library/node',
  ])('is also %s', async (name) => {
    const hub = start();
    const { image: made } = await make(nobody, `docker://${name}:${TAG}`);
    expect(made.platforms).toEqual([...OURS, 'wasi/wasm']);
    expect(hub.log[0]).toBe(`GET https://registry-1.docker.io/v2/library/node/manifests/${TAG}`);
  });

  test('by a token that runs out meanwhile', async () => {
    const hub = start({ tokenLife: 3 });
    await make();
    expect(hub.scopes.length).toBeGreaterThan(3);
  });

  test('by an answer that does not tell digest and type', async () => {
    for (const type of ['text/plain', 'application/octet-stream; charset=utf-8', undefined]) {
      start({ manifestHeaders: { 'docker-content-digest': undefined, 'content-type': type } });
      expect((await make()).image.platforms).toHaveLength(OURS.length + 1);
    }
  });

  test('by a challenge among others', async () => {
    const realm = 'realm="https://auth.docker.io/token",service="registry.docker.io"';
    for (const challenge of [
      `Basic realm="Registry Realm", Bearer ${realm}`,
      `bearer ${realm}, basic realm="x, y"`,
      `Negotiate, BEARER ${realm.replaceAll('",', '" , ')},error="invalid_token"`,
    ]) {
      start({ challenge });
      expect((await make()).image.platforms, challenge).toHaveLength(OURS.length + 1);
    }
  });

  test('is no image where there is no such tag', async () => {
    start();
    expect(await refusal(make(nobody, 'docker://node:none'))).toMatch(
      /there is no docker.io\/library\/node:none in the registry$/,
    );
  });
});

describe('who asks too often', () => {
  for (const [what, url] of [
    ['for a manifest', /\/manifests\//],
    ['for a token', /auth\.docker\.io/],
    ['for a blob', /production\.cloudflare/],
  ] as const) {
    test(`${what} waits for as long as it is told`, async () => {
      start({ limited: { url, times: 2, after: '0' } });
      expect((await make()).image.platforms).toHaveLength(OURS.length + 1);
    });
  }

  test('or until the time that it is told', async () => {
    start({
      limited: { url: /\/manifests\//, times: 1, after: new Date(Date.now() + 900).toUTCString() },
    });
    expect((await make()).image.platforms).toHaveLength(OURS.length + 1);
  });

  test('does not wait for hours, nor without end, nor where it is not told', async () => {
    const url = /\/manifests\//;
    const limit = 'the registry answers 429: You have reached your pull rate limit.';
    const cases: [string | undefined, number | undefined, string][] = [
      ['21600', undefined, ' (it may be asked again in 21600 seconds)'],
      [undefined, undefined, ''],
      ['soon', undefined, ''],
      ['0', 2, ' (it may be asked again in 0 seconds)'],
    ];
    for (const [after, patience, more] of cases) {
      const hub = start({ limited: { url, times: 1000, after } });
      const message = await refusal(make({ ...nobody, patience }));
      expect(message.endsWith(limit + more), message).toBe(true);
      expect(hub.log.length).toBeLessThan(6);
    }
  });
});

describe('nobody else is told who asks', () => {
  const known = { ...nobody, credentials: { username: 'me', password: 'secret' } };

  test('a host of blobs that wants to know', async () => {
    let seen = 0;
    const hub = start({
      answer: ({ host }) => {
        if (host !== 'production.cloudflare.docker.com') return undefined;
        seen++;
        return failure(401, 'DENIED', 'who are you?', {
          'www-authenticate': 'Bearer realm="https://evil.example/token",service="x"',
        });
      },
    });
    expect(await refusal(make(known))).toMatch(/the registry answers 401: who are you\?$/);
    expect(seen).toBe(1);
    expect(hub.log.join('\n')).not.toContain('evil.example');
  });

  test('bytes are asked for as they are', async () => {
    const coded: (string | null)[] = [];
    start({
      answer: (_, { headers }) => {
        coded.push(new Headers(headers).get('accept-encoding'));
        return undefined;
      },
    });
    await make();
    expect(new Set(coded)).toEqual(new Set(['identity']));
  });
});

test('blobs of another repository are mounted by a token that says so', async () => {
  const hub = start();
  const { image: made } = await make();
  const reference = parseRegistryReference('docker.io/me/app:v1');
  // The hub has no place for it, which is told behind the token.
  await refusal(pushImage(made, reference, { ...nobody, from: ['library/node'] }));
  expect(hub.scopes.at(-1)).toEqual([
    'repository:me/app:pull,push',
    'repository:library/node:pull',
  ]);
});

test('a program of the hub is read', async () => {
  const hub = start();
  const { manifest, blobs } = image();
  hub.put('program', manifest, blobs);
  const program = await readImage('docker://node:program', { registry: nobody });
  expect(program.path).toBe('/app.wasm');
});
