/** Images that are run: by the tools that made them, by their forms, by what they tell. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../src/digest.js';
import { type ImageProgram, isImage, readImage } from '../src/index.js';
import { matches, parsePlatform } from '../src/select.js';
import type { TreeDirectory } from '../src/tree.js';
import {
  archive,
  archiveOf,
  type Blob,
  COMMAND,
  dockerArchive,
  fixture,
  image,
  layer,
  layoutFiles,
  OCI,
  tar,
  temporaryFolder,
  writeFolder,
} from './images.js';

const folder = temporaryFolder();

/** All paths below a folder, with what is there. */
const listing = (root: TreeDirectory, prefix = ''): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const [name, node] of root.entries) {
    const path = `${prefix}/${name}`;
    if (node.type === 'directory') Object.assign(found, { [path]: '' }, listing(node, path));
    else
      found[path] =
        node.type === 'file' ? Buffer.from(node.content).toString() : `→ ${node.target}`;
  }
  return found;
};

describe('images of the tools', () => {
  const show = {
    args: ['/app.wasm', 'hello.txt'],
    workingDirectory: '/data',
    env: { PWD: '/data', GREETING: 'good day' },
    platform: 'wasi/wasm',
  };
  const say = { args: ['/say.wasm', 'from', 'cmd'], platform: 'wasi/wasm' };
  const expected: Record<string, Partial<ImageProgram> & { platform: string }> = {
    'show-oci.tar': show,
    'show-docker.tar': show,
    'show-zstd.tar': show,
    'say-podman-docker.tar': say,
    'say-podman-oci.tar': say,
    'say-dir': say,
    'say-wasip1.tar': { ...say, platform: 'wasip1/wasm' },
    'say-handler.tar': { ...say, platform: 'linux/amd64' },
    'say-smart.tar': { args: ['/say.wat'], platform: 'linux/arm64' },
    'say-path.tar': {
      args: ['say.wasm', 'by', 'path'],
      path: '/usr/bin/say.wasm',
      workingDirectory: '/home',
      platform: 'wasi/wasm',
    },
    'many.tar': say,
    'whiteouts-umoci.tar': { path: '/app.wasm', platform: 'wasi/wasm' },
    'whiteouts-buildah.tar': { path: '/app.wasm', workingDirectory: '/', platform: 'wasi/wasm' },
    'tags.tar:first': say,
    'tags.tar:second': show,
  };
  for (const [name, { platform, env, ...rest }] of Object.entries(expected)) {
    test(name, async () => {
      const path = fixture(name);
      const program = await readImage(name.includes(':') ? `oci:${path}` : path);
      expect(program).toMatchObject(rest);
      expect(program.about.platform).toBe(platform);
      if (env !== undefined) expect(program.env).toMatchObject(env);
      const start = Buffer.from(program.module.subarray(0, 4)).toString();
      expect(start).toBe(name === 'say-smart.tar' ? ';; P' : '\0asm');
    });
  }

  test('layers take away what they say', async () => {
    const umoci = listing((await readImage(fixture('whiteouts-umoci.tar'))).files);
    delete umoci['/app.wasm'];
    expect(umoci).toEqual({
      '/tree': '',
      '/tree/keep': '',
      '/tree/keep/one': 'keep/one\n',
      '/tree/opaque': '',
      '/tree/opaque/four': 'fresh\n',
    });
    const buildah = listing((await readImage(fixture('whiteouts-buildah.tar'))).files);
    expect(buildah).toMatchObject({
      '/data/link.txt': '→ ../etc/motd',
      '/data/absolute.txt': '→ ../etc/motd',
    });
    expect(buildah).not.toHaveProperty('/data/hello.txt');
  });

  test('of several platforms, that of WebAssembly is read, or the one that is wanted', async () => {
    const path = fixture('many.tar');
    const { about } = await readImage(path);
    expect(about.platforms.sort()).toEqual(['linux/amd64', 'wasi/wasm']);
    await expect(readImage(path, { platform: 'linux/amd64' })).rejects.toThrow(/native program/);
    await expect(readImage(path, { platform: 'linux/s390x' })).rejects.toThrow(
      /not for linux\/s390x; there are .*wasi\/wasm/,
    );
  });
});

describe('forms', () => {
  test('a layout as a folder, as an archive, compressed, and in memory', async () => {
    const { manifest, blobs } = image();
    const files = layoutFiles([manifest], blobs);
    const layout = writeFolder(join(folder, 'layout'), files);
    for (const input of [layout, `oci:${layout}`, archiveOf(files), gzipSync(archiveOf(files))]) {
      expect(await isImage(input)).toBe(true);
      expect((await readImage(input)).args).toEqual(['/app.wasm']);
    }
  });

  test('docker save: before 25, with links for layers, compressed, without tags; since 25', async () => {
    const one = tar([{ path: 'app.wasm', content: COMMAND }]);
    const two = tar([{ path: 'etc/motd', content: 'hello' }]);
    const files = dockerArchive([one, two]);
    const old = archiveOf(files);
    const linked = tar(
      [...files].map(([path, content]) =>
        path.startsWith('1')
          ? { path, type: '2', target: `../store/layer.tar` }
          : { path, content },
      ),
    );
    const store = tar([{ path: 'store/layer.tar', content: two }]);
    const inputs = [
      old,
      Buffer.concat([linked.subarray(0, -1024), store]),
      gzipSync(old),
      archiveOf(dockerArchive([one, two], {}, null)),
      archiveOf(dockerArchive([gzipSync(one), two])),
    ];
    for (const [i, input] of inputs.entries()) {
      expect(await isImage(input)).toBe(true);
      // The last one's diff_ids are of what is compressed.
      if (i === 4) await expect(readImage(input)).rejects.toThrow(/layer 1 expands to/);
      else expect(listing((await readImage(input)).files)['/etc/motd']).toBe('hello');
    }
    const { manifest, blobs } = image();
    const since = layoutFiles([manifest], blobs);
    since.set('manifest.json', Buffer.from('[{"Config":"none","Layers":[]}]'));
    expect((await readImage(archiveOf(since))).args).toEqual(['/app.wasm']);
  });

  test('of several images in an archive of Docker, one by its name, by the end of it, or by its tag', async () => {
    const layerOf = (content: string) =>
      tar([
        { path: 'app.wasm', content: COMMAND },
        { path: 'which', content },
      ]);
    const one = dockerArchive([layerOf('one')], {}, ['docker.io/library/app:1', 'app:latest']);
    const two = dockerArchive([layerOf('two')], { Cmd: ['x'] }, ['localhost:5000/other:2']);
    const manifests = [one, two].map(
      (files) => JSON.parse(Buffer.from(files.get('manifest.json')!).toString())[0],
    );
    manifests[1].Layers = ['second/layer.tar'];
    const files = new Map([...two, ...one]);
    files.set('second/layer.tar', layerOf('two'));
    files.set('manifest.json', Buffer.from(JSON.stringify(manifests)));
    const path = join(folder, 'several.tar');
    writeFileSync(path, archiveOf(files));
    const which = async (tag: string) =>
      listing((await readImage(`docker-archive:${path}:${tag}`)).files)['/which'];
    expect(await which('docker.io/library/app:1')).toBe('one');
    expect(await which('app:1')).toBe('one');
    expect(await which('app:latest')).toBe('one');
    expect(await which('localhost:5000/other:2')).toBe('two');
    expect(await which('2')).toBe('two');
    await expect(which('3')).rejects.toThrow(/no image has the tag 3: there are docker.io/);
    await expect(readImage(path)).rejects.toThrow(/several images: choose one by its tag/);
  });

  test('artifacts: of the CNCF, older ones, of ORAS, of runwasi', async () => {
    const module = (mediaType: string): Blob => ({ mediaType, bytes: COMMAND });
    const cncf = image({
      configType: 'application/vnd.wasm.config.v0+json',
      layers: [module('application/wasm')],
      os: 'wasip1',
    });
    const inputs = [
      archiveOf(layoutFiles([cncf.manifest], cncf.blobs)),
      archive({
        configType: 'application/vnd.wasm.config.v1+json',
        layers: [module('application/vnd.wasm.content.layer.v1+wasm')],
      }),
      archive({
        configType: 'application/vnd.module.wasm.config.v1+json',
        layers: [module('application/vnd.module.wasm.content.layer.v1+wasm')],
      }),
      archive({
        configType: 'application/vnd.oci.empty.v1+json',
        layers: [module('application/wasm')],
      }),
    ];
    for (const input of inputs) {
      const program = await readImage(input, { args: ['one'] });
      expect(program).toMatchObject({ args: ['app.wasm', 'one'], path: undefined });
      expect(program.about.form).toBe('artifact');
      expect(Buffer.compare(program.module, COMMAND)).toBe(0);
    }
    expect((await readImage(inputs[0]!)).about.platform).toBe('wasip1/wasm');
    const runwasi = await readImage(
      archive({
        layers: [module('application/wasm'), layer([{ path: 'etc/motd', content: 'hello' }])],
        config: { Entrypoint: ['run'], Env: ['A=1'] },
        diffIds: [sha256(COMMAND), sha256('')],
      }),
    );
    expect(runwasi).toMatchObject({ args: ['run'], env: { A: '1' } });
    expect(listing(runwasi.files)['/etc/motd']).toBe('hello');
  });

  test('a blob that its descriptor holds itself', async () => {
    const empty = Buffer.from('{}');
    const { manifest, blobs } = image({
      configType: 'application/vnd.oci.empty.v1+json',
      layers: [{ mediaType: 'application/wasm', bytes: COMMAND }],
    });
    const withData = (data: string, bytes: Uint8Array = empty): Buffer => {
      const changed = JSON.parse(Buffer.from(manifest.bytes).toString());
      changed.config = { ...changed.config, digest: sha256(bytes), size: bytes.length, data };
      const text = { ...manifest, bytes: Buffer.from(JSON.stringify(changed)) };
      return archiveOf(layoutFiles([text], blobs.slice(1)));
    };
    expect((await readImage(withData('e30='))).about.form).toBe('artifact');
    await expect(readImage(withData('e30=', Buffer.from('[]')))).rejects.toThrow(/sha256/);
    await expect(readImage(withData('e30'))).rejects.toThrow('data is no base64');
  });

  test('indexes in indexes, images of an index file by their platforms, notes of BuildKit', async () => {
    const wasm = image();
    const native = image({ os: 'linux', architecture: 'amd64', layers: [layer([{ path: 'x' }])] });
    const note = image({ os: 'unknown', architecture: 'unknown' });
    const list = (manifests: Blob[]): Blob => ({
      mediaType: OCI.index,
      bytes: layoutFiles(manifests, []).get('index.json')!,
    });
    note.manifest.annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const inner = list([native.manifest, wasm.manifest, note.manifest]);
    const outer = list([inner]);
    const blobs = [...wasm.blobs, ...native.blobs, wasm.manifest, native.manifest, inner];
    const nested = await readImage(archiveOf(layoutFiles([outer], blobs)));
    expect(nested.about.platforms).toEqual(['linux/amd64', 'wasi/wasm']);
    const flat = [
      { ...native.manifest, platform: { os: 'linux', architecture: 'amd64' } },
      { ...wasm.manifest, platform: { os: 'wasi', architecture: 'wasm' } },
    ];
    expect((await readImage(archiveOf(layoutFiles(flat, blobs)))).args).toEqual(['/app.wasm']);
  });
});

describe('platforms', () => {
  test.each<[wanted: string, there: string, found: boolean]>([
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm64/8', 'linux/aarch64', true],
    ['linux/aarch64', 'linux/arm64', true],
    ['linux/x86_64', 'linux/amd64', true],
    ['linux/amd64/v2', 'linux/amd64', false],
    ['linux/arm', 'linux/arm/v6', true],
    ['linux/arm/v7', 'linux/arm', true],
    ['linux/armhf', 'linux/arm/v6', false],
    ['linux/armel', 'linux/arm/v6', true],
    ['Linux/ARM64', 'linux/arm64', true],
    ['linux/constructor', 'linux/amd64', false],
    ['wasi/amd64', 'linux/amd64', false],
  ])('%s is %s: %s', (wanted, there, found) => {
    expect(matches(parsePlatform(there), parsePlatform(wanted))).toBe(found);
  });
});

describe('what is kept', () => {
  const at = (config: Record<string, unknown>, path = 'bin/app.wasm') =>
    archive({ config, layers: [layer([{ path, content: COMMAND }])] });

  test('arguments stand for Cmd, not for Entrypoint; Cmd alone names the program', async () => {
    const both = at({ Entrypoint: ['/bin/app.wasm', 'a'], Cmd: ['b'] });
    expect(await readImage(both)).toMatchObject({ args: ['/bin/app.wasm', 'a', 'b'], fixed: 2 });
    expect((await readImage(both, { args: ['c'] })).args).toEqual(['/bin/app.wasm', 'a', 'c']);
    expect((await readImage(both, { args: [] })).args).toEqual(['/bin/app.wasm', 'a']);
    const command = at({ Entrypoint: null, Cmd: ['/bin/app.wasm', 'b'] });
    expect((await readImage(command)).args).toEqual(['/bin/app.wasm', 'b']);
    expect((await readImage(command, { args: ['c'] })).args).toEqual(['/bin/app.wasm', 'c']);
  });

  test('the program is found by PATH, from the working directory, from the root, through links', async () => {
    for (const [config, path] of [
      [{ Entrypoint: ['app.wasm'] }, 'bin/app.wasm'],
      [{ Entrypoint: ['app.wasm'], Env: ['PATH=/opt'] }, 'opt/app.wasm'],
      [{ Entrypoint: ['app.wasm'] }, 'app.wasm'],
      [{ Entrypoint: ['./app.wasm'], WorkingDir: '/srv' }, 'srv/app.wasm'],
      [{ Entrypoint: ['x/../app.wasm'], WorkingDir: 'srv' }, 'srv/app.wasm'],
    ] as const)
      expect((await readImage(at(config, path))).path).toBe(`/${path}`);
    const linked = archive({
      config: { Entrypoint: ['/run'] },
      layers: [
        layer([
          { path: 'run', type: '2', target: '/usr/one' },
          { path: 'usr', type: '5' },
          { path: 'usr/one', type: '2', target: '../opt/app.wasm' },
          { path: 'opt/app.wasm', content: COMMAND },
        ]),
      ],
    });
    expect(Buffer.compare((await readImage(linked)).module, COMMAND)).toBe(0);
  });

  test('environment is the image’s, names of properties included; folders are made', async () => {
    const program = await readImage(
      at({
        Entrypoint: ['/bin/app.wasm'],
        Env: ['__proto__=1', 'A=b=c', 'B='],
        WorkingDir: '/a/b',
      }),
    );
    expect(Object.entries(program.env)).toEqual([
      ['PWD', '/a/b'],
      ['__proto__', '1'],
      ['A', 'b=c'],
      ['B', ''],
    ]);
    expect(program.preopens).toEqual({ '/': '/', '/bin': '/bin', '/a': '/a', '.': '/a/b' });
  });

  test('layers lie on each other as the specification has it', async () => {
    const layers = [
      layer([
        { path: './', type: '5' },
        { path: 'app.wasm', content: COMMAND },
        { path: 'lib', type: '2', target: 'usr/lib' },
        { path: 'usr/lib/a', content: '1' },
        { path: 'usr/lib/b', content: '1' },
        { path: 'opaque/old/x', content: '1' },
        { path: 'opaque/y', content: '1' },
        { path: 'hard', type: '1', target: 'usr/lib/a' },
        { path: 'becomes/folder', content: '1' },
      ]),
      layer(
        [
          // Through the link, as for whoever unpacks it in the image's root.
          { path: 'lib/a', content: '2' },
          { path: 'lib/.wh.b' },
          { path: 'opaque/new', content: '2' },
          { path: 'opaque/old/z', content: '2' },
          { path: 'opaque/.wh..wh..opq' },
          { path: '.wh..wh.plnk', type: '5' },
          { path: '.wh..wh.plnk/7.21', content: 'a note' },
          { path: '.wh..wh.aufs', content: '' },
          { path: '.wh.nothing' },
          { path: 'becomes', content: 'a file' },
          { path: 'new\nline', content: '4', pax: true },
          { path: `long/${'n'.repeat(200)}/${'m'.repeat(200)}`, content: '3', pax: true },
        ],
        { mediaType: OCI.layer },
      ),
    ];
    const { files } = await readImage(archive({ layers }));
    const { '/app.wasm': _, ...rest } = listing(files);
    expect(rest).toEqual({
      '/lib': '→ usr/lib',
      '/usr': '',
      '/usr/lib': '',
      '/usr/lib/a': '2',
      '/opaque': '',
      '/opaque/new': '2',
      '/opaque/old': '',
      '/opaque/old/z': '2',
      '/hard': '1',
      '/becomes': 'a file',
      '/new\nline': '4',
      '/long': '',
      [`/long/${'n'.repeat(200)}`]: '',
      [`/long/${'n'.repeat(200)}/${'m'.repeat(200)}`]: '3',
    });
  });
});

describe('zstd', () => {
  const frame = (flags: number, ...parts: (number[] | Buffer)[]): Buffer =>
    Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, flags]),
      ...parts.map((part) => Buffer.from(part)),
    ]);
  const block = (bytes: Buffer, last: boolean, type = 0, size = bytes.length): Buffer => {
    const header = (size << 3) | (type << 1) | Number(last);
    return Buffer.concat([Buffer.from([header, header >> 8, header >> 16]), bytes]);
  };
  const archived = tar([{ path: 'app.wasm', content: COMMAND }]);
  const read = async (bytes: Buffer) =>
    readImage(
      archive({
        layers: [{ mediaType: `${OCI.layer}+zstd`, bytes }],
        diffIds: [sha256(archived)],
      }),
    );

  test('several frames, some to be skipped, of raw and repeated blocks, with checksums', async () => {
    const half = archived.length / 2;
    // A window of 1 MiB.
    const window = [0x50];
    const zeros = archived.subarray(-1024);
    const bytes = Buffer.concat([
      Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]),
      frame(
        0,
        window,
        block(archived.subarray(0, 100), false),
        block(archived.subarray(100, half), true),
      ),
      Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]),
      // A checksum, which the digest stands for.
      frame(4, window, block(archived.subarray(half, -1024), true), [1, 2, 3, 4]),
      frame(0, window, block(zeros.subarray(0, 1), true, 1, 1024)),
    ]);
    expect(Buffer.compare((await read(bytes)).module, COMMAND)).toBe(0);
  });

  test('many small blocks that become much are bounded; what is cut or followed is refused', async () => {
    const repeated = Array.from({ length: 300 }, (_, i) =>
      block(Buffer.from([0]), i === 299, 1, 2 ** 17),
    );
    const bomb = frame(0, [0x50], Buffer.concat(repeated));
    const limits = { layer: 2 ** 22 };
    const layers = (bytes: Buffer) =>
      archive({ layers: [{ mediaType: `${OCI.layer}+zstd`, bytes }] });
    await expect(readImage(layers(bomb), { limits })).rejects.toThrow(/expands to more than 4 MiB/);
    const whole = frame(0, [0x50], block(archived, true));
    expect((await read(whole)).path).toBe('/app.wasm');
    await expect(read(whole.subarray(0, -5))).rejects.toThrow(/zstd data is cut short/);
    await expect(read(Buffer.concat([whole, Buffer.from('garbage behind')]))).rejects.toThrow(
      /followed by other bytes/,
    );
    await expect(read(frame(1, [0x50, 1], block(archived, true)))).rejects.toThrow(/dictionary/);
  });
});

test('what is no image is none', async () => {
  expect(await isImage(COMMAND)).toBe(false);
  expect(await isImage(folder)).toBe(false);
  expect(await isImage(tar([{ path: 'a.wasm', content: COMMAND }]))).toBe(false);
  expect(await isImage(gzipSync(COMMAND))).toBe(false);
  expect(await isImage(readFileSync(fixture('show-oci.tar')).subarray(0, 4096))).toBe(true);
});
