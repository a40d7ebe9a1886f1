/** Images made by hand: blobs, manifests and layers with whatever in them, as folders of a layout or archives. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Header, Pax } from 'tar';
import { afterAll } from 'vitest';
import { sha256 } from '../src/digest.js';
import { DOCKER, OCI } from '../src/media-types.js';

/** A folder that is removed after the tests of a file. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'wasm2js-oci-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The path of a committed image. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** The smallest command: returns at once. */
export const COMMAND = Buffer.from(
  // (module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (func (export "_start")))
  '0061736d010000000108026000017f600000' +
    `021e0116${Buffer.from('wasi_snapshot_preview1').toString('hex')}` +
    `0b${Buffer.from('sched_yield').toString('hex')}0000` +
    '03020101070a01065f73746172740001' +
    '0a040102000b',
  'hex',
);

/** An entry of an archive. */
export interface Entry {
  path: string;
  type?: string;
  content?: string | Uint8Array;
  target?: string;
  /** What the header says in place of the content's length. */
  size?: number;
  /** Written as an extended header. */
  pax?: boolean;
}

/** A tar archive of entries as they are given, sensible or not. */
export const tar = (entries: readonly Entry[], end = true): Buffer => {
  const blocks: Buffer[] = [];
  for (const { path, type = '0', content = '', target, size, pax } of entries) {
    const bytes = Buffer.from(content);
    if (pax) blocks.push(new Pax({ path, ...(target ? { linkpath: target } : {}) }).encode());
    const header = new Header({
      path: pax ? 'short' : path,
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: size ?? bytes.length,
      mtime: new Date(1000),
      ...(target === undefined ? {} : { linkpath: target.slice(0, 100) }),
    });
    header.type = type as never;
    const block = Buffer.alloc(512);
    header.encode(block);
    // Names as they are, which the encoder would take apart.
    if (!pax) {
      block.fill(0, 0, 100);
      block.write(path.slice(0, 100), 0);
      block.write(' '.repeat(8), 148);
      const sum = block.reduce((total, byte) => total + byte, 0);
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    }
    blocks.push(block, bytes, Buffer.alloc(-bytes.length & 511));
  }
  if (end) blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
};

/** What a layer, a configuration and so on are in an image made by hand. */
export interface Blob {
  mediaType: string;
  bytes: Uint8Array;
  /** In place of the true ones. */
  digest?: string;
  size?: number;
  /** Left out of the layout. */
  absent?: boolean;
  annotations?: Record<string, string>;
  platform?: object;
}

/** A layer of entries, compressed by gzip. */
export const layer = (entries: readonly Entry[], change: Partial<Blob> = {}): Blob => ({
  mediaType: OCI.gzipLayer,
  bytes: gzipSync(tar(entries)),
  ...change,
});

export const descriptor = (blob: Blob): Record<string, unknown> => ({
  mediaType: blob.mediaType,
  digest: blob.digest ?? sha256(blob.bytes),
  size: blob.size ?? blob.bytes.length,
  ...(blob.annotations ? { annotations: blob.annotations } : {}),
  ...(blob.platform ? { platform: blob.platform } : {}),
});

/** An image made by hand, and what is odd about it. */
export interface Image {
  layers?: Blob[];
  /** The configuration's own bytes, or fields that replace the usual ones. */
  config?: Record<string, unknown>;
  configType?: string;
  diffIds?: string[];
  os?: string;
  architecture?: string;
  manifest?: Record<string, unknown>;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A manifest, and the blobs that it needs. */
export const image = (given: Image = {}): { manifest: Blob; blobs: Blob[] } => {
  const layers = given.layers ?? [layer([{ path: 'app.wasm', content: COMMAND }])];
  const config: Blob = {
    mediaType: given.configType ?? OCI.config,
    bytes: json({
      os: given.os ?? 'wasi',
      architecture: given.architecture ?? 'wasm',
      config: { Entrypoint: ['/app.wasm'], ...given.config },
      ...(given.diffIds ? { rootfs: { type: 'layers', diff_ids: given.diffIds } } : {}),
    }),
  };
  const manifest: Blob = {
    mediaType: OCI.manifest,
    bytes: json({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: descriptor(config),
      layers: layers.map(descriptor),
      ...given.manifest,
    }),
  };
  return { manifest, blobs: [config, ...layers] };
};

/** The files of a layout. */
export const layoutFiles = (
  manifests: readonly Blob[],
  blobs: readonly Blob[],
  marker = '{"imageLayoutVersion":"1.0.0"}',
): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>();
  files.set('oci-layout', Buffer.from(marker));
  files.set('index.json', json({ schemaVersion: 2, manifests: manifests.map(descriptor) }));
  for (const blob of [...manifests, ...blobs]) {
    if (blob.absent) continue;
    files.set(`blobs/${(blob.digest ?? sha256(blob.bytes)).replace(':', '/')}`, blob.bytes);
  }
  return files;
};

/** A layout of one image, as an archive. */
export const archive = (given: Image = {}): Buffer => {
  const { manifest, blobs } = image(given);
  return archiveOf(layoutFiles([manifest], blobs));
};

/** Files as an archive. */
export const archiveOf = (files: ReadonlyMap<string, Uint8Array>): Buffer =>
  tar([...files].map(([path, content]) => ({ path, content })));

/** Writes files into a folder. */
export const writeFolder = (folder: string, files: ReadonlyMap<string, Uint8Array>): string => {
  for (const [path, bytes] of files) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
};

/** What `docker save` writes: by default as Docker before 25 did. */
export const dockerArchive = (
  layers: readonly Uint8Array[],
  config: Record<string, unknown> = {},
  tags: string[] | null = ['app:1'],
): Map<string, Uint8Array> => {
  const text = json({
    os: 'wasi',
    architecture: 'wasm',
    config: { Entrypoint: ['/app.wasm'], ...config },
    rootfs: { type: 'layers', diff_ids: layers.map((bytes) => sha256(bytes)) },
  });
  const name = sha256(text).slice('sha256:'.length);
  const files = new Map<string, Uint8Array>();
  const paths = layers.map((bytes, i) => {
    const path = `${String(i).repeat(64)}/layer.tar`;
    files.set(path, bytes);
    return path;
  });
  files.set(`${name}.json`, text);
  files.set('manifest.json', json([{ Config: `${name}.json`, RepoTags: tags, Layers: paths }]));
  files.set('repositories', json({ app: { 1: '0'.repeat(64) } }));
  return files;
};

export { DOCKER, OCI };
