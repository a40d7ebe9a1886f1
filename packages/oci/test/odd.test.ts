/** Layers that are odd and right all the same, as tools of other times and kinds write them, and those that only seem right. */

import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, test } from 'vitest';
import { ImageError, readImage } from '../src/index.js';
import type { TreeDirectory } from '../src/tree.js';
import {
  archive,
  archiveOf,
  type Blob,
  COMMAND,
  type Entry,
  image,
  layer,
  layoutFiles,
  OCI,
  tar,
} from './images.js';

const app: Entry = { path: 'app.wasm', content: COMMAND };

/** Files by their path, links as where they lead to. */
const listing = (folder: TreeDirectory, prefix = ''): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const [name, node] of folder.entries) {
    const path = `${prefix}/${name}`;
    if (node.type === 'directory') Object.assign(found, listing(node, path));
    else if (node.type === 'link') found[path] = `→ ${node.target}`;
    else found[path] = Buffer.from(node.content).toString('latin1');
  }
  return found;
};

/** What is there of layers beside the program. */
const filesOf = async (...layers: (readonly Entry[] | Blob)[]): Promise<Record<string, string>> => {
  const blobs = layers.map((item) => ('mediaType' in item ? item : layer(item as Entry[])));
  const { files, path } = await readImage(archive({ layers: [layer([app]), ...blobs] }));
  expect(path).toBe('/app.wasm');
  const { '/app.wasm': _, ...rest } = listing(files);
  return rest;
};

const refusal = async (...layers: (readonly Entry[] | Blob)[]): Promise<string> => {
  const error = await filesOf(...layers).then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImageError);
  const { message } = error as ImageError;
  expect(message).not.toMatch(/\p{Cc}/u);
  return message;
};

const uncompressed = (bytes: Uint8Array): Blob => ({ mediaType: OCI.layer, bytes });

/** A block with a field replaced, and the checksum of what it is then. */
const changed = (block: Buffer, at: number, bytes: string | Uint8Array, field: number): Buffer => {
  const copy = Buffer.from(block);
  copy.fill(0, at, at + field);
  copy.set(Buffer.from(bytes as string, 'latin1'), at);
  copy.fill(0x20, 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
};

describe('names', () => {
  const name = `${'d'.repeat(120)}/${'n'.repeat(150)}`;

  test('GNU’s long names and long targets', async () => {
    expect(
      await filesOf([
        { path: '././@LongLink', type: 'L', content: `${name}\0` },
        { path: name.slice(0, 100), content: 'long' },
        { path: '././@LongLink', type: 'K', content: `${name}\0` },
        { path: 'link', type: '2', target: name.slice(0, 100) },
        { path: '././@LongLink', type: 'K', content: `${name}\0` },
        { path: '././@LongLink', type: 'L', content: `${name}2\0` },
        { path: name.slice(0, 100), type: '1', target: name.slice(0, 100) },
        { path: 'short', content: 'short' },
      ]),
    ).toEqual({
      [`/${name}`]: 'long',
      [`/${name}2`]: 'long',
      '/link': `→ ${name}`,
      '/short': 'short',
    });
  });

  test('pax, GNU and the header: the last extended one counts, for one entry', async () => {
    expect(
      await filesOf([
        { path: '././@LongLink', type: 'L', content: 'by-gnu\0' },
        { path: 'by-pax', content: '1', pax: true },
        { path: 'plain', content: '2' },
      ]),
    ).toEqual({ '/by-pax': '1', '/plain': '2' });
  });

  test('ustar’s prefix, and archives of Version 7 without magic, folders by their slash', async () => {
    const ustar = tar([{ path: 'name', content: 'prefixed' }], false);
    const prefixed = changed(ustar, 345, 'a/long/prefix', 155);
    const old = (path: string, content: string): Buffer => {
      const bytes = tar([{ path, content }], false);
      bytes.fill(0, 257, 512);
      return changed(bytes, 156, '\0', 1);
    };
    const bytes = Buffer.concat([
      prefixed,
      old('old/', ''),
      old('old/file', 'seven'),
      Buffer.alloc(1024),
    ]);
    expect(await filesOf(uncompressed(bytes))).toEqual({
      '/a/long/prefix/name': 'prefixed',
      '/old/file': 'seven',
    });
  });

  test('records of pax that hold anything: attributes with line ends and NULs', async () => {
    const record = (key: string, value: string): string => {
      const rest = ` ${key}=${value}\n`;
      let length = rest.length + 1;
      while (`${length}`.length + rest.length !== length) length++;
      return `${length}${rest}`;
    };
    const content = Buffer.from(
      record('SCHILY.xattr.security.capability', '\x01\0\0\x02\n\0=\n9 x=y\n') +
        record('path', 'named') +
        record('LIBARCHIVE.creationtime', '1.5'),
      'latin1',
    );
    expect(
      await filesOf([
        { path: 'PaxHeader', type: 'x', content },
        { path: 'x', content: '1' },
      ]),
    ).toEqual({ '/named': '1' });
    // Without a value it takes back what stood there; the header says it then.
    const nothing = Buffer.from(record('path', 'gone') + record('path', '') + record('size', ''));
    expect(
      await filesOf([
        { path: 'PaxHeader', type: 'x', content: nothing },
        { path: 'x', content: '1' },
      ]),
    ).toEqual({ '/x': '1' });
  });
});

describe('the same name again', () => {
  test('the last one counts, whatever it was', async () => {
    expect(
      await filesOf([
        { path: 'twice', content: '1' },
        { path: './twice', content: '2' },
        { path: 'was-folder/x', content: '1' },
        { path: 'was-folder', content: '2' },
        { path: 'was-link', type: '2', target: 'twice' },
        { path: 'was-link', content: '3' },
        { path: 'folder/kept', content: '1' },
        { path: 'folder/', type: '5' },
        { path: 'was-file', content: '1' },
        { path: 'was-file/', type: '5' },
        { path: 'was-file/in', content: '2' },
      ]),
    ).toEqual({
      '/twice': '2',
      '/was-folder': '2',
      '/was-link': '3',
      '/folder/kept': '1',
      '/was-file/in': '2',
    });
  });

  test('a file below a file is refused', async () => {
    expect(
      await refusal([
        { path: 'a', content: '1' },
        { path: 'a/b', content: '2' },
      ]),
    ).toMatch(/"a\/b" is below what is no folder$/);
  });
});

describe('whiteouts', () => {
  const below: Entry[] = [
    { path: 'd/one', content: '1' },
    { path: 'd/sub/two', content: '1' },
    { path: 'f', content: '1' },
  ];

  test.each([
    ['before', [{ path: 'd/.wh..wh..opq' }, { path: 'd/new', content: '2' }]],
    ['behind', [{ path: 'd/new', content: '2' }, { path: 'd/.wh..wh..opq' }]],
    [
      'in between, twice',
      [
        { path: 'd/.wh..wh..opq' },
        { path: 'd/', type: '5' },
        { path: 'd/new', content: '2' },
        { path: 'd/.wh..wh..opq' },
      ],
    ],
    ['of the folder itself', [{ path: '.wh.d' }, { path: 'd/new', content: '2' }]],
    ['of the folder, behind it', [{ path: 'd/new', content: '2' }, { path: '.wh.d' }]],
  ] as [string, Entry[]][])('of what is new in the same layer: %s', async (_, entries) => {
    expect(await filesOf(below, entries)).toEqual({ '/d/new': '2', '/f': '1' });
  });

  test('of a file that comes again, as something else, a layer later', async () => {
    expect(
      await filesOf(
        below,
        [{ path: '.wh.f' }, { path: '.wh.d' }],
        [
          { path: 'f/', type: '5' },
          { path: 'f/x', content: '3' },
          { path: 'd', type: '2', target: 'f' },
        ],
        [{ path: 'd/.wh.x' }, { path: 'd/y', content: '4' }],
      ),
    ).toEqual({ '/d': '→ f', '/f/y': '4' });
  });

  test('of the root, of what is not there, and through a link', async () => {
    expect(
      await filesOf(
        [...below, { path: 'l', type: '2', target: 'd/sub' }],
        [{ path: 'l/.wh..wh..opq' }, { path: 'none/.wh..wh..opq' }, { path: 'none/.wh.x' }],
      ),
    ).toEqual({ '/d/one': '1', '/f': '1', '/l': '→ d/sub' });
    await expect(filesOf(below, [{ path: '.wh..wh..opq' }])).rejects.toThrow(/entrypoint/);
  });
});

describe('links', () => {
  test('hard links to files of lower layers keep what these were', async () => {
    expect(
      await filesOf(
        [{ path: 'a', content: '1' }],
        [{ path: 'b', type: '1', target: './a' }],
        [{ path: 'a', content: '2' }],
        [{ path: '.wh.a' }, { path: 'c', type: '1', target: 'b' }],
      ),
    ).toEqual({ '/b': '1', '/c': '1' });
  });

  test('a hard link to a symbolic one says what that says, from where it is', async () => {
    const files = await filesOf(
      [
        { path: 'etc/x', content: 'meant' },
        { path: 'a/etc/x', content: 'not meant' },
        { path: 'a/b/absolute', type: '2', target: '/etc/x' },
        { path: 'a/relative', type: '2', target: 'etc/x' },
      ],
      [
        { path: 'a/b/c/d/absolute', type: '1', target: 'a/b/absolute' },
        { path: 'absolute', type: '1', target: 'a/b/c/d/absolute' },
        { path: 'relative', type: '1', target: 'a/relative' },
      ],
    );
    expect(files).toMatchObject({
      '/a/b/absolute': '→ ../../etc/x',
      '/a/b/c/d/absolute': '→ ../../../../etc/x',
      '/absolute': '→ etc/x',
      '/relative': '→ etc/x',
    });
    expect(
      await refusal([
        { path: 'a/b/up', type: '2', target: '../x' },
        { path: 'up', type: '1', target: 'a/b/up' },
      ]),
    ).toMatch(/"up" is a link to "\.\.\/x", out of the image$/);
  });

  test('circles are kept, and nothing is found or put behind one', async () => {
    const circle: Entry[] = [
      { path: 'one', type: '2', target: 'two' },
      { path: 'two', type: '2', target: '/one' },
      { path: 'self', type: '2', target: 'self/self' },
    ];
    expect(await filesOf(circle)).toEqual({
      '/one': '→ two',
      '/two': '→ one',
      '/self': '→ self/self',
    });
    for (const path of ['one/x', 'self/x'])
      expect(await refusal(circle, [{ path, content: '1' }])).toMatch(/below what is no folder$/);
    const config = { Entrypoint: ['/one'] };
    await expect(readImage(archive({ layers: [layer(circle)], config }))).rejects.toThrow(
      /entrypoint "\/one" is not among the image's files/,
    );
    expect(await refusal([{ path: 'h', type: '1', target: 'h' }])).toMatch(/no file of the image$/);
  });
});

describe('compression', () => {
  const archived = tar([{ path: 'in', content: 'packed'.repeat(1000) }]);
  const members = (bytes: Buffer, size: number): Buffer => {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size)
      parts.push(gzipSync(bytes.subarray(at, at + size)));
    return Buffer.concat(parts);
  };
  const there = { '/in': 'packed'.repeat(1000) };
  const gzipped = (bytes: Buffer): Blob => ({ mediaType: OCI.gzipLayer, bytes });

  test('gzip of many members, of empty ones, and with zeros behind', async () => {
    expect(await filesOf(gzipped(members(archived, 700)))).toEqual(there);
    const empty = gzipSync(Buffer.alloc(0));
    const strange = [empty, members(archived, 5000), empty, Buffer.alloc(1000)];
    expect(await filesOf(gzipped(Buffer.concat(strange)))).toEqual(there);
  });

  test('a member that is damaged or cut short is refused', async () => {
    const bytes = members(archived, 700);
    expect(await refusal(gzipped(bytes.subarray(0, -5)))).toMatch(/does not expand/);
    const damaged = Buffer.from(bytes);
    damaged[damaged.length - 6]! ^= 1;
    expect(await refusal(gzipped(damaged))).toMatch(/does not expand/);
  });

  test('layers of nothing, and what their types do not tell', async () => {
    expect(await filesOf(uncompressed(Buffer.alloc(0)))).toEqual({});
    expect(await filesOf(gzipped(gzipSync(Buffer.alloc(1024))))).toEqual({});
    expect(await filesOf(uncompressed(gzipSync(archived)))).toEqual(there);
    expect(await filesOf(gzipped(archived))).toEqual(there);
    expect(await filesOf({ mediaType: `${OCI.layer}+zstd`, bytes: gzipSync(archived) })).toEqual(
      there,
    );
  });
});

describe('layers that a publisher hands out', () => {
  const foreign = (change: Partial<Blob>): Blob => ({
    ...layer([{ path: 'from/elsewhere', content: '1' }]),
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ...change,
  });

  test('are read where they are there, and told where not', async () => {
    const nondistributable = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    for (const change of [{}, { mediaType: nondistributable }])
      expect(await filesOf(foreign(change))).toEqual({ '/from/elsewhere': '1' });
    expect(await refusal(foreign({ absent: true }))).toMatch(
      /layer 2 is missing: sha256:[0-9a-f]{64} \(its publisher alone hands it out\)$/,
    );
  });
});

describe('what only seems right', () => {
  test('sparse files of GNU and of pax', async () => {
    expect(await refusal([{ path: 'holes', type: 'S', content: 'x' }])).toMatch(
      /"holes" is a sparse file, which is not supported$/,
    );
    for (const text of ['22 GNU.sparse.major=1\n', '28 GNU.sparse.realsize=1000\n'])
      expect(
        await refusal([
          { path: 'PaxHeader', type: 'x', content: text },
          { path: 'GNUSparseFile.0/holes', content: 'x' },
        ]),
      ).toMatch(/holds a sparse file$/);
  });

  test('sizes that are more than there is, less than nothing, or no number', async () => {
    const one = tar([{ path: 'f', content: 'x' }]);
    const sizes: [string | Uint8Array, RegExp][] = [
      ['00000100000', /cut short$/],
      ['77777777777', /more than 1 GiB$/],
      // Numbers of 256 instead of 8: as large as there are, negative.
      [Uint8Array.from([0x80, 0, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255]), /./],
      [Uint8Array.from([0xff, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]), /./],
      ['abc', /./],
    ];
    for (const [size, text] of sizes)
      expect(await refusal(uncompressed(changed(one, 124, size, 12)))).toMatch(text);
    for (const value of ['-1', '1e3', '99999999999999999999']) {
      const rest = ` size=${value}\n`;
      const content = `${rest.length + (rest.length > 7 ? 2 : 1)}${rest}`;
      expect(
        await refusal([
          { path: 'PaxHeader', type: 'x', content },
          { path: 'f', content: 'x' },
        ]),
      ).toMatch(/damaged extended header|has no size|more than 1 GiB/);
    }
  });

  test('descriptors whose sizes lie, up and down', async () => {
    for (const size of [0, 1, 10_000, 2 ** 40, -1, 1.5]) {
      const { manifest, blobs } = image({ layers: [layer([app], { size })] });
      const error = await readImage(archiveOf(layoutFiles([manifest], blobs))).catch(
        (reason: unknown) => reason,
      );
      expect(error, String(size)).toBeInstanceOf(ImageError);
    }
  });

  test('a header is looked at before its checksum is believed', async () => {
    const block = Buffer.alloc(512);
    new Header({ path: 'f', size: 0, mtime: new Date(0), mode: 0o644 }).encode(block);
    block[0]! ^= 1;
    expect(await refusal(uncompressed(Buffer.concat([block, Buffer.alloc(1024)])))).toMatch(
      /no tar archive, or a damaged one$/,
    );
  });
});
