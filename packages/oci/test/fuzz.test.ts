/** Images with bytes changed at random: each is read or refused, by an error of ours, and soon. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ImageError, readImage } from '../src/index.js';
import {
  archive,
  archiveOf,
  type Blob,
  descriptor,
  dockerArchive,
  fixture,
  image,
  layoutFiles,
  OCI,
  tar,
} from './images.js';

/** Numbers that look random, the same in every run (a linear congruential generator, Numerical Recipes' constants). */
const generator =
  (seed: number) =>
  (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };

const INTERESTING = [0, 1, 0x20, 0x2f, 0x2e, 0x30, 0x37, 0x4c, 0x78, 0x7f, 0x80, 0xff];

const mutate = (bytes: Uint8Array, random: (below: number) => number): Buffer => {
  const changed = Buffer.from(bytes);
  for (let n = 1 + random(6); n > 0; n--) {
    const at = random(changed.length);
    switch (random(4)) {
      case 0:
        changed[at] = random(256);
        break;
      case 1:
        changed[at] = INTERESTING[random(INTERESTING.length)]!;
        break;
      case 2:
        changed.copy(
          changed,
          random(changed.length),
          at,
          Math.min(at + random(600), changed.length),
        );
        break;
      default:
        // In headers, where it matters.
        changed[(at & ~511) + random(512)] = INTERESTING[random(INTERESTING.length)]!;
    }
  }
  return random(8) === 0 ? changed.subarray(0, random(changed.length)) : changed;
};

/** Fixes the checksums of headers, so that what is behind them is looked at. */
const resum = (bytes: Buffer): Buffer => {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.write(' '.repeat(8), at + 148);
    let sum = 0;
    for (let i = 0; i < 512; i++) sum += bytes[at + i]!;
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  }
  return bytes;
};

const layerOf = (name: string): Buffer => {
  const bytes = readFileSync(fixture(name));
  const at = bytes.indexOf(Buffer.from([0x1f, 0x8b, 8]));
  return gunzipSync(bytes.subarray(at));
};

const COUNT = Number(process.env['OCI_FUZZ_COUNT'] ?? 1500);

const limits = { layer: 2 ** 22, files: 2 ** 22, entries: 1000 };
const attempt = async (input: Uint8Array): Promise<boolean> => {
  try {
    await readImage(input, { limits });
    return true;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return false;
  }
};

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const long = 'p'.repeat(120);
const entries = [
  { path: `${long}/${long}`, pax: true, content: 'x' },
  { path: 'app.wasm', content: '\0asm\x01\0\0\0' },
  { path: 'l', type: '2', target: 'app.wasm' },
  { path: 'h', type: '1', target: 'app.wasm' },
  { path: 'd', type: '5' },
  { path: 'd/.wh.x' },
];

test('layers', async () => {
  const random = generator(1);
  const seeds = [tar(entries), layerOf('say-podman-oci.tar')];
  let read = 0;
  for (let i = 0; i < COUNT; i++) {
    const bytes = resum(mutate(seeds[i % seeds.length]!, random));
    if (await attempt(archive({ layers: [{ mediaType: OCI.layer, bytes }] }))) read++;
  }
  // Some are still images, most are not: else nothing was tried.
  expect(read).toBeGreaterThan(COUNT / 50);
  expect(read).toBeLessThan(COUNT);
}, 120_000);

test('archives', async () => {
  const random = generator(2);
  const seeds = [
    readFileSync(fixture('say-podman-oci.tar')),
    readFileSync(fixture('say-podman-docker.tar')),
    archiveOf(dockerArchive([tar(entries)])),
  ];
  for (let i = 0; i < COUNT; i++) await attempt(resum(mutate(seeds[i % seeds.length]!, random)));
}, 120_000);

test('documents', async () => {
  const random = generator(3);
  const values = [null, 0, -1, 1e300, '', '\0', 'x', [], {}, true, { __proto__: null, x: 1 }];
  /** A document with one value replaced. */
  const twist = (bytes: Uint8Array): Buffer => {
    const document = JSON.parse(Buffer.from(bytes).toString());
    const places: [Fields, string][] = [];
    const walk = (value: unknown): void => {
      if (!isFields(value)) return;
      for (const key of Object.keys(value)) {
        places.push([value, key]);
        walk(value[key]);
      }
    };
    walk(document);
    const [holder, key] = places[random(places.length)]!;
    holder[key] = values[random(values.length)];
    return Buffer.from(JSON.stringify(document));
  };
  for (let i = 0; i < COUNT; i++) {
    const { manifest, blobs } = image();
    const [config, ...layers] = blobs as [Blob, ...Blob[]];
    if (i % 3 === 0) {
      const changed = { ...config, bytes: twist(config.bytes) };
      const document = JSON.parse(Buffer.from(manifest.bytes).toString());
      document.config = descriptor(changed);
      const bytes = Buffer.from(JSON.stringify(document));
      await attempt(archiveOf(layoutFiles([{ ...manifest, bytes }], [changed, ...layers])));
    } else if (i % 3 === 1) {
      const bytes = twist(manifest.bytes);
      await attempt(archiveOf(layoutFiles([{ ...manifest, bytes }], blobs)));
    } else {
      const files = new Map(dockerArchive([tar(entries)]));
      files.set('manifest.json', twist(files.get('manifest.json')!));
      await attempt(archiveOf(files));
    }
  }
}, 120_000);
