/**
 * Images made of a base and of layers that all platforms share: gets files and how they are started, gives blobs, manifests
 * and one index over them. Must hold: what comes out depends on what goes in alone, to the byte.
 */

import { gzipSync } from 'fflate';
import { sha256 } from '../digest.js';
import { fail } from '../errors.js';
import {
  type Descriptor,
  fieldsOf,
  listOf,
  type Platform,
  parseDocument,
  platformName,
  textMap,
  textsOf,
} from '../json.js';
import type { ImageLimits } from '../limits.js';
import { isFileLayer, isImageConfig, OCI } from '../media-types.js';
import { findManifests, matches, readManifest } from '../select.js';
import { type ImageSource, readBlob } from '../source.js';
import { type NewEntry, tarBytes } from './tar.js';

/** How a container of the image is started. */
export interface Start {
  entrypoint: string[];
  command: string[];
  /** Variables that are added to those of the base. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Default: the base's. */
  workingDirectory?: string | undefined;
}

/** A layer that is written: compressed, with the digest of what it expands to. */
export interface NewLayer {
  bytes: Uint8Array;
  diffId: string;
  /** How the history of the image calls it. */
  createdBy: string;
}

/** One platform, or several with the same layers. */
export interface Variant {
  platforms: readonly Platform[];
  /** They must be there, or it is an error. */
  required: boolean;
  /** Nothing: `FROM scratch`. */
  base:
    | {
        source: ImageSource;
        tag: string | undefined;
        /** For messages. */
        name: string;
        /** What everybody knows it by; a path is nobody's but ours. */
        reference: string | undefined;
      }
    | undefined;
  layers: readonly NewLayer[];
  start: Start;
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** What is said of all of an image. */
export interface About {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  created: number;
}

/** A blob of an image, whose bytes may be elsewhere until they are asked for. */
export interface ImageBlob {
  descriptor: Descriptor;
  bytes(): Promise<Uint8Array>;
}

/** An image of several platforms. */
export interface ComposedImage {
  /** Configurations and layers, each once, those that stand alone first. */
  blobs: ImageBlob[];
  manifests: ImageBlob[];
  index: ImageBlob;
  platforms: string[];
  /** Platforms that the base has not. */
  missing: string[];
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A blob that is made here. */
const newBlob = (bytes: Uint8Array, mediaType: string, platform?: Platform): ImageBlob => ({
  descriptor: { mediaType, digest: sha256(bytes), size: bytes.length, platform, annotations: {} },
  bytes: async () => bytes,
});

/** Names and texts in order, so that it does not matter in which they were given. */
const sorted = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A time as images have it. */
export const timeText = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** A layer of some files; its compression is not the host's, whose output depends on processor and version. */
export const newLayer = (
  entries: Iterable<NewEntry>,
  mtime: number,
  createdBy: string,
): NewLayer => {
  const bytes = tarBytes(entries, mtime);
  return { bytes: gzipSync(bytes, { level: 9, mtime: 0 }), diffId: sha256(bytes), createdBy };
};

/** `NAME=VALUE` of a base with others that go above them. */
const mergeEnv = (base: readonly string[], own: Readonly<Record<string, string>>): string[] => [
  ...base.filter((item) => !Object.hasOwn(own, item.split('=', 1)[0]!)),
  ...Object.entries(own).map(([name, value]) => `${name}=${value}`),
];

/** The layers of a base, under the names that OCI has for them. */
const ociLayer = (layer: Descriptor): Descriptor => {
  const [, compression] = /^application\/vnd\.docker\..*\.tar(?:\.(\w+))?$/.exec(
    layer.mediaType,
  ) ?? [undefined, null];
  if (compression === null) return layer;
  const mediaType = compression === undefined ? OCI.layer : `${OCI.layer}+${compression}`;
  return { ...layer, mediaType };
};

const plain = ({ mediaType, digest, size, annotations, platform }: Descriptor) => ({
  mediaType,
  digest,
  size,
  ...(Object.keys(annotations).length > 0 ? { annotations: sorted(annotations) } : {}),
  ...(platform === undefined
    ? {}
    : {
        platform: {
          architecture: platform.architecture,
          os: platform.os,
          ...(platform.variant ? { variant: platform.variant } : {}),
        },
      }),
});

/** Collects what an image consists of. */
class Composer {
  readonly blobs = new Map<string, ImageBlob>();
  readonly manifests: ImageBlob[] = [];
  readonly missing: string[] = [];
  private readonly about: About;
  private readonly limits: ImageLimits;

  constructor(about: About, limits: ImageLimits) {
    this.about = about;
    this.limits = limits;
  }

  async add(variant: Variant): Promise<void> {
    const { base, platforms, required } = variant;
    if (base === undefined) {
      for (const platform of platforms) this.manifest(variant, platform, undefined);
      return;
    }
    const there = await findManifests(base.source, base.tag, this.limits);
    for (const platform of platforms) {
      const found = there.find((item) => matches(item.platform, platform));
      if (found !== undefined) {
        await this.onBase(variant, found.platform!, found);
        continue;
      }
      const has = there.map((item) => (item.platform ? platformName(item.platform) : 'unknown'));
      if (required)
        fail(
          'missing',
          `the base ${base.name} is not for ${platformName(platform)}, only for ${has.join(', ')}`,
        );
      this.missing.push(platformName(platform));
    }
  }

  private put(bytes: Uint8Array, mediaType: string): Descriptor {
    const blob = newBlob(bytes, mediaType);
    this.blobs.set(blob.descriptor.digest, blob);
    return blob.descriptor;
  }

  /** One platform of a base with our layers above. */
  private async onBase(variant: Variant, platform: Platform, found: Descriptor): Promise<void> {
    const { source, name, reference } = variant.base!;
    const manifest = await readManifest(source, found, this.limits);
    const what = `the configuration of ${name}`;
    if (!isImageConfig(manifest.config.mediaType))
      fail('unsupported', `the base ${name} is no image with a file system`);
    const bytes = await readBlob(source, manifest.config, this.limits.document, what);
    const layers: Descriptor[] = [];
    for (const [i, given] of manifest.layers.entries()) {
      if (!isFileLayer(given.mediaType))
        fail('unsupported', `layer ${i + 1} of ${name} has the media type ${given.mediaType}`);
      const layer = ociLayer(given);
      layers.push(layer);
      const read = () => readBlob(source, given, this.limits.blob, `layer ${i + 1} of ${name}`);
      if (!this.blobs.has(layer.digest))
        this.blobs.set(layer.digest, { descriptor: layer, bytes: read });
    }
    const annotations = {
      'org.opencontainers.image.base.digest': found.digest,
      ...(reference === undefined ? {} : { 'org.opencontainers.image.base.name': reference }),
    };
    this.manifest(
      { ...variant, annotations: { ...annotations, ...variant.annotations } },
      platform,
      {
        config: parseDocument(bytes, what),
        layers,
      },
    );
  }

  /** The configuration and the manifest of one platform. */
  private manifest(
    { layers: own, start, annotations }: Variant,
    platform: Platform,
    base: { config: Record<string, unknown>; layers: Descriptor[] } | undefined,
  ): void {
    const { created, labels } = this.about;
    const what = 'the configuration of the base';
    const below = base?.config ?? {};
    const run = fieldsOf(below['config'] ?? {}, what);
    const rootfs = fieldsOf(below['rootfs'] ?? {}, what);
    const diffIds = textsOf(rootfs['diff_ids'], `${what}: diff_ids`);
    const allLabels = sorted({ ...textMap(run['Labels'], `${what}: Labels`), ...labels });
    const env = mergeEnv(textsOf(run['Env'], `${what}: Env`), start.env ?? {});
    const time = timeText(created);
    const config = {
      ...below,
      created: time,
      architecture: platform.architecture,
      os: platform.os,
      ...(platform.variant ? { variant: platform.variant } : {}),
      config: {
        ...run,
        Entrypoint: start.entrypoint,
        Cmd: start.command,
        ...(env.length > 0 ? { Env: env } : {}),
        ...(start.workingDirectory === undefined ? {} : { WorkingDir: start.workingDirectory }),
        ...(Object.keys(allLabels).length > 0 ? { Labels: allLabels } : {}),
      },
      rootfs: { type: 'layers', diff_ids: [...diffIds, ...own.map(({ diffId }) => diffId)] },
      history: [
        ...listOf(below['history'], `${what}: history`),
        ...own.map(({ createdBy }) => ({ created: time, created_by: createdBy })),
      ],
    };
    const layers = [
      ...(base?.layers ?? []),
      ...own.map(({ bytes }) => this.put(bytes, OCI.gzipLayer)),
    ];
    const all = sorted({ ...annotations, ...this.about.annotations });
    const bytes = json({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: plain(this.put(json(config), OCI.config)),
      layers: layers.map(plain),
      ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
    });
    this.manifests.push(newBlob(bytes, OCI.manifest, platform));
  }
}

/**
 * Puts an image together.
 * @throws ImageError where a base cannot be read, or there is no platform at all
 */
export const compose = async (
  variants: readonly Variant[],
  about: About,
  limits: ImageLimits,
): Promise<ComposedImage> => {
  const composer = new Composer(about, limits);
  for (const variant of variants) await composer.add(variant);
  const { blobs, manifests, missing } = composer;
  if (manifests.length === 0)
    fail('missing', `no platform is left: the base has none of ${missing.join(', ')}`);
  const annotations = sorted(about.annotations);
  const bytes = json({
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: manifests.map(({ descriptor }) => plain(descriptor)),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  });
  return {
    blobs: [...blobs.values()],
    manifests,
    index: newBlob(bytes, OCI.index),
    platforms: manifests.map(({ descriptor: { platform } }) => platformName(platform!)),
    missing,
  };
};
