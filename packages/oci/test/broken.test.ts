/** Images that are refused: damaged ones, those that lie, those that would reach out or never end. One line each. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../src/digest.js';
import { ImageError, type ImageErrorKind, type ReadOptions, readImage } from '../src/index.js';
import {
  archive,
  archiveOf,
  type Blob,
  COMMAND,
  DOCKER,
  dockerArchive,
  type Entry,
  fixture,
  type Image,
  image,
  layer,
  layoutFiles,
  OCI,
  tar,
  temporaryFolder,
} from './images.js';

const folder = temporaryFolder();
const program: Entry = { path: 'app.wasm', content: COMMAND };

/** What is said of an image. */
const refusal = async (input: string | Uint8Array, options?: ReadOptions): Promise<ImageError> => {
  try {
    await readImage(input, options);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return error;
  }
  throw new Error('it was read');
};

/** Cases by name: the input, the kind of error, its text. */
type Cases = Record<string, [string | Uint8Array, ImageErrorKind, RegExp, ReadOptions?]>;

const check = (cases: Cases): void => {
  for (const [name, [input, kind, text, options]] of Object.entries(cases)) {
    test(name, async () => {
      const error = await refusal(input, options);
      expect(error.message).toMatch(text);
      expect(error.kind).toBe(kind);
    });
  }
};

/** An image of one layer. */
const layered = (...entries: Entry[]): Buffer =>
  archive({ layers: [layer([program, ...entries])] });
/** An image of one layer with these bytes. */
const raw = (bytes: Uint8Array, given: Image = {}): Buffer =>
  archive({ layers: [{ mediaType: OCI.gzipLayer, bytes }], ...given });
const changed = (change: Partial<Blob>, entries: Entry[] = [program]): Buffer =>
  archive({ layers: [layer(entries, change)] });
const files = (change: (files: Map<string, Uint8Array>) => void): Buffer => {
  const { manifest, blobs } = image();
  const made = layoutFiles([manifest], blobs);
  change(made);
  return archiveOf(made);
};

const good = gzipSync(tar([program]));
const cut = good.subarray(0, good.length - 20);
const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('damaged', () => {
  check({
    'a layer of another digest': [changed({ digest: DIGEST }), 'malformed', /layer 1 has digest/],
    'a layer of another size': [
      changed({ size: 10 }),
      'malformed',
      /layer 1 has more bytes, not 10/,
    ],
    'a layer said to be larger': [changed({ size: 1e6 }), 'malformed', /bytes, not 1000000/],
    'a size that is none': [changed({ size: -1 }), 'malformed', /has no size/],
    'a layer that is missing': [changed({ absent: true }), 'missing', /layer 1 is missing/],
    'a layer cut short': [raw(cut), 'malformed', /layer 1 does not expand: unexpected end/],
    'a tar cut short': [
      raw(gzipSync(tar([program]).subarray(0, 540))),
      'malformed',
      /layer 1 is cut short/,
    ],
    'a layer of garbage': [raw(Buffer.alloc(2048, 7)), 'malformed', /no tar archive/],
    'another diff_id': [raw(good, { diffIds: [DIGEST] }), 'malformed', /layer 1 expands to/],
    'another diff_id by sha512': [
      raw(good, { diffIds: [`sha512:${'0'.repeat(128)}`] }),
      'malformed',
      /layer 1 expands to sha512:/,
    ],
    'a diff_id by an unknown algorithm': [
      raw(good, { diffIds: [`md5:${'0'.repeat(32)}`] }),
      'unsupported',
      /digests by md5/,
    ],
    'a diff_id that is none': [raw(good, { diffIds: ['x'] }), 'malformed', /"x" is no digest/],
    'too few diff_ids': [raw(good, { diffIds: [] }), 'malformed', /1 layers, but 0 diff_ids/],
    'a manifest of another digest': [
      files((all) => {
        const [path, bytes] = [...all].find(([, b]) => b.includes('"layers"'))!;
        all.set(path, Buffer.from(Buffer.from(bytes).toString().replace('2', '3')));
      }),
      'malformed',
      /the manifest has digest/,
    ],
    'a configuration of another digest': [
      files((all) => {
        const [path, bytes] = [...all].find(([, b]) => b.includes('"Entrypoint"'))!;
        all.set(path, Buffer.from(Buffer.from(bytes).toString().replace('app', 'bpp')));
      }),
      'malformed',
      /the configuration has digest/,
    ],
    'an index that is no JSON': [
      files((all) => all.set('index.json', Buffer.from('{'))),
      'malformed',
      /index.json is no JSON/,
    ],
    'no index': [
      archiveOf(new Map([['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')]])),
      'malformed',
      /no image/,
    ],
    'a layout of another version': [
      files((all) => all.set('oci-layout', Buffer.from('{"imageLayoutVersion":"2.0.0"}'))),
      'unsupported',
      /version 2.0.0/,
    ],
    'an extended header that is damaged': [
      raw(gzipSync(tar([{ path: 'x', type: 'x', content: '99 path=y\n' }, program]))),
      'malformed',
      /damaged extended header/,
    ],
    'an empty index': [
      files((all) => all.set('index.json', Buffer.from('{"schemaVersion":2,"manifests":[]}'))),
      'missing',
      /no image in it/,
    ],
    'a digest that is none': [
      changed({ digest: 'sha256:../../../etc/passwd', absent: true }),
      'malformed',
      /is no digest/,
    ],
    'a digest by another algorithm': [
      changed({ digest: `md5:${'0'.repeat(32)}` }),
      'unsupported',
      /digests by md5/,
    ],
    'a manifest of schema 1': [
      archive({ manifest: { schemaVersion: 1 } }),
      'unsupported',
      /schema version 1/,
    ],
    'docker save with another configuration': [
      archiveOf(
        new Map(
          [...dockerArchive([tar([program])])].map(([path, bytes]) => [
            path,
            path.endsWith('.json') && path !== 'manifest.json'
              ? Buffer.from(Buffer.from(bytes).toString().replace('app', 'bpp'))
              : bytes,
          ]),
        ),
      ),
      'malformed',
      /the configuration has digest/,
    ],
    'docker save without a layer': [
      archiveOf(
        new Map([...dockerArchive([tar([program])])].filter(([path]) => !path.endsWith('.tar'))),
      ),
      'missing',
      /layer 1 is missing/,
    ],
    'docker save before 1.10': [
      archiveOf(new Map([['repositories', Buffer.from('{}')]])),
      'unsupported',
      /before 1.10/,
    ],
  });

  test('the same tag for two images', async () => {
    const one = image();
    const two = image({ config: { Cmd: ['x'] } });
    const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
    const tagged = [one.manifest, two.manifest].map((blob) => ({ ...blob, annotations }));
    const input = archiveOf(layoutFiles(tagged, [...one.blobs, ...two.blobs]));
    expect((await refusal(input)).message).toMatch(/the tag v1 is there twice/);
    const path = join(folder, 'twice.tar');
    writeFileSync(path, input);
    expect((await refusal(`oci:${path}:v1`)).message).toMatch(/the tag v1 is there twice/);
    expect((await refusal(`oci:${path}:v2`)).message).toMatch(
      /no image has the tag v2: there are v1/,
    );
  });
});

describe('reaching out', () => {
  const name = (path: string, more: Partial<Entry> = {}) =>
    layered({ path, content: 'x', ...more });
  check({
    'an absolute path': [name('/etc/passwd'), 'refused', /"\/etc\/passwd" is an absolute path/],
    'a path that climbs': [name('a/../../b'), 'refused', /leads out of its folder/],
    'a path that climbs in an extended header': [
      name('../b', { pax: true }),
      'refused',
      /leads out of its folder/,
    ],
    'a path without a name': [name('', { type: '0' }), 'refused', /without a name/],
    'a link that climbs out': [
      layered({ path: 'a/l', type: '2', target: '../../etc' }),
      'refused',
      /link to "..\/..\/etc", out of the image/,
    ],
    'an absolute link that climbs out': [
      layered({ path: 'l', type: '2', target: '/../etc' }),
      'refused',
      /out of the image/,
    ],
    'a link without a target': [
      layered({ path: 'l', type: '2', target: '' }),
      'refused',
      /without a target/,
    ],
    'a hard link that climbs out': [
      layered({ path: 'l', type: '1', target: '../x' }),
      'refused',
      /leads out/,
    ],
    'an absolute hard link': [
      layered({ path: 'l', type: '1', target: '/etc/passwd' }),
      'refused',
      /absolute/,
    ],
    'a hard link to nothing': [
      layered({ path: 'l', type: '1', target: 'x' }),
      'malformed',
      /no file of the image/,
    ],
    'a file below a file': [
      layered({ path: 'app.wasm/x' }),
      'malformed',
      /below what is no folder/,
    ],
    'a circle of links': [
      layered(
        { path: 'a', type: '2', target: 'b' },
        { path: 'b', type: '2', target: 'a' },
        { path: 'a/x' },
      ),
      'malformed',
      /below what is no folder/,
    ],
    'a character device': [layered({ path: 'd', type: '3' }), 'refused', /is a character device/],
    'a block device': [layered({ path: 'd', type: '4' }), 'refused', /is a block device/],
    'a named pipe': [layered({ path: 'd', type: '6' }), 'refused', /is a named pipe/],
    'a sparse file': [layered({ path: 'd', type: 'S' }), 'refused', /sparse/],
    'removing what has no name': [name('a/.wh.'), 'refused', /removes what has no name/],
    'removing the folder above': [name('a/.wh...'), 'refused', /removes what has no name/],
    'a root that is no folder': [
      layered({ path: './', type: '2', target: 'x' }),
      'refused',
      /root is no folder/,
    ],
    'an archive whose files climb': [
      archiveOf(new Map([['../x', Buffer.from('x')]])),
      'refused',
      /leads out of it/,
    ],
    'an archive with a link out': [
      tar([{ path: 'index.json', type: '2', target: '../../etc/passwd' }]),
      'refused',
      /link out of it/,
    ],
  });
});

describe('too much', () => {
  const bomb = gzipSync(tar([program, { path: 'zeros', content: Buffer.alloc(2 ** 24) }]));
  const many = gzipSync(tar(Array.from({ length: 50 }, (_, i) => ({ path: `f${i}` }))));
  const deep = Array.from({ length: 60 }, () => 'd'.repeat(60)).join('/');
  const list = (inner: Blob): Blob => ({
    mediaType: OCI.index,
    bytes: layoutFiles([inner], []).get('index.json')!,
  });
  const nested = [list(list(list(list(list(list(image().manifest))))))];
  const chain: Blob[] = [];
  for (let at: Blob = image().manifest, i = 0; i < 6; i++) chain.push((at = list(at)));
  // A frame that claims a window of 2 GiB.
  const window = Buffer.from('28b52ffd00a801000000', 'hex');
  check({
    'a layer that expands': [
      raw(bomb),
      'limit',
      /layer 1 expands to more than 1 MiB/,
      { limits: { layer: 2 ** 20 } },
    ],
    'files that come to too much': [
      raw(bomb),
      'limit',
      /the files come to more than 1 MiB/,
      { limits: { files: 2 ** 20 } },
    ],
    'a file that claims a lot': [
      raw(gzipSync(tar([{ ...program, size: 2 ** 36 - 1 }]))),
      'limit',
      /the files come to more than 1 GiB/,
    ],
    'too many files': [raw(many), 'limit', /more than 20 files/, { limits: { entries: 20 } }],
    'too many layers': [
      archive({ layers: Array.from({ length: 10 }, () => layer([program])) }),
      'limit',
      /10 layers; the limit is 9/,
      { limits: { layers: 9 } },
    ],
    'a path that is too long': [
      raw(gzipSync(tar([program, { path: `${deep}/${deep}`, pax: true }]))),
      'refused',
      /longer than 4096 bytes/,
    ],
    'a name that is too long': [
      raw(gzipSync(tar([program, { path: 'n'.repeat(300), pax: true }]))),
      'refused',
      /name longer than 255/,
    ],
    'a blob that is too large': [
      changed({ size: 2 ** 31 }),
      'limit',
      /layer 1 has 2147483648 bytes; the limit is 1 GiB/,
    ],
    'a manifest that is too large': [
      archive({ manifest: { pad: 'x'.repeat(5000) } }),
      'limit',
      /the manifest has .* the limit is 4 KiB/,
      { limits: { document: 4096 } },
    ],
    'an extended header that is too large': [
      raw(gzipSync(tar([{ path: 'x', type: 'x', size: 2 ** 30 }]))),
      'limit',
      /extended header of 1073741824 bytes/,
    ],
    'indexes without end': [
      archiveOf(layoutFiles(nested, [...chain, image().manifest])),
      'limit',
      /nested more than 4 deep/,
    ],
    'an archive that expands': [
      gzipSync(Buffer.concat([archive(), Buffer.alloc(2 ** 22)])),
      'limit',
      /the archive expands to more than/,
      { limits: { layer: 2 ** 20 } },
    ],
    'a window of zstd': [raw(window), 'limit', /window above 128 MiB/],
  });
});

describe('unknown', () => {
  check({
    'a layer of another media type': [
      changed({ mediaType: 'application/vnd.example.layer' }),
      'unsupported',
      /layer 1 has the unknown media type application\/vnd.example.layer/,
    ],
    'a configuration of another media type': [
      archive({ configType: 'application/vnd.cncf.helm.config.v1+json' }),
      'unsupported',
      /media type application\/vnd.cncf.helm/,
    ],
    'a manifest of another media type': [
      archiveOf(layoutFiles([{ ...image().manifest, mediaType: 'text/plain' }], image().blobs)),
      'unsupported',
      /media type text\/plain/,
    ],
    'a manifest that is called something else': [
      archive({ manifest: { mediaType: DOCKER.manifest } }),
      'malformed',
      /calls itself/,
    ],
    'a layer by bzip2': [raw(Buffer.from('BZh91AY')), 'unsupported', /bzip2/],
    'a layer by xz': [raw(Buffer.from('\xfd7zXZ\0', 'latin1')), 'unsupported', /xz/],
    'two modules': [
      archive({
        layers: [
          { mediaType: 'application/wasm', bytes: COMMAND },
          {
            mediaType: 'application/wasm',
            bytes: Buffer.concat([COMMAND, Buffer.from([0, 1, 0])]),
          },
        ],
      }),
      'unsupported',
      /2 layers are WebAssembly/,
    ],
    'another transport': ['docker-daemon:app', 'usage', /another program's/],
    'a platform that is none': [archive(), 'usage', /is no platform/, { platform: 'linux' }],
    'a reference that is none': ['docker://Example/x', 'usage', /no name of a repository/],
    'a path that is not there': [join(folder, 'none.tar'), 'missing', /no such file/],
    'a folder without an image': [`oci:${folder}`, 'malformed', /holds no image/],
  });
});

describe('no WebAssembly', () => {
  const entry = (content: string | Uint8Array, config = {}) =>
    archive({
      layers: [layer([{ path: 'app', content }])],
      config: { Entrypoint: ['/app'], ...config },
    });
  check({
    'a native image': [
      fixture('native.tar'),
      'refused',
      /entrypoint \/app is a native program \(ELF\).*linux\/amd64/,
    ],
    'a shell that is not there': [
      fixture('refused-shell.tar'),
      'missing',
      /"\/bin\/sh" is not among the image's files/,
    ],
    'nothing to run': [fixture('refused-bare.tar'), 'refused', /neither Entrypoint nor Cmd/],
    'a script': [entry('#!/bin/sh\n'), 'refused', /a script for another program/],
    'a program for Windows': [entry('MZ\0\0'), 'refused', /native program \(PE\)/],
    'an empty file': [entry(''), 'refused', /is empty/],
    'a folder': [entry('', { Entrypoint: ['/'] }), 'missing', /not among the image's files/],
    'an environment without names': [
      entry(COMMAND, { Env: ['nothing'] }),
      'malformed',
      /no NAME=VALUE/,
    ],
    'a working directory that is a file': [
      entry(COMMAND, { WorkingDir: '/app' }),
      'malformed',
      /working directory \/app is no folder/,
    ],
    'arguments that are no texts': [
      entry(COMMAND, { Cmd: [1] }),
      'malformed',
      /holds what is no text/,
    ],
    'an escape in a name': [
      archive({ config: { Entrypoint: ['/\x1b[31mred\u202e'] } }),
      'missing',
      /\/\\u001b\[31mred\\u202e/,
    ],
  });
});

test('a digest is of the bytes, whatever else they are', () => {
  expect(sha256('')).toBe(
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});
