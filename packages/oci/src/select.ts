/** From a place with images to the one manifest that is wanted: by tag, by platform, WebAssembly before all else. */

import { fail, shown } from './errors.js';
import {
  type Descriptor,
  descriptorOf,
  listOf,
  type Platform,
  parseDocument,
  platformName,
  platformOf,
  textMap,
  textOf,
} from './json.js';
import type { ImageLimits } from './limits.js';
import { isImageConfig, isIndex, isManifest, isWasmConfig } from './media-types.js';
import { type ImageSource, indexEntries, REF_NAME, readBlob } from './source.js';

/** A manifest of one image. */
export interface Manifest {
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations: Record<string, string>;
}

/** What was chosen, and of what. */
export interface Selected {
  manifest: Manifest;
  descriptor: Descriptor;
  /** Of the descriptor, else undefined. */
  platform: Platform | undefined;
  /** All platforms that there are, by name. */
  platforms: string[];
}

/** What is wanted of a place. */
export interface Wanted {
  tag?: string | undefined;
  platform?: Platform | undefined;
}

/** Architectures as Docker calls them, by Node's names. */
const architectures: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** Indexes within indexes. */
const DEPTH = 4;

/** Reads the manifest that a descriptor names; throws an ImageError for what is none, or of an old schema. */
export const readManifest = async (
  source: ImageSource,
  descriptor: Descriptor,
  limits: ImageLimits,
): Promise<Manifest> => {
  const what = 'the manifest';
  const bytes = await readBlob(source, descriptor, limits.document, what, true);
  const fields = parseDocument(bytes, what);
  if (fields['schemaVersion'] !== 2)
    fail('unsupported', 'the manifest is of schema version 1, which is obsolete');
  const mediaType = textOf(fields['mediaType'], `${what}: mediaType`) ?? descriptor.mediaType;
  if (mediaType !== descriptor.mediaType)
    fail('malformed', `the manifest calls itself ${shown(mediaType)}`);
  const layers = listOf(fields['layers'], `${what}: layers`);
  if (layers.length > limits.layers)
    fail('limit', `${layers.length} layers; the limit is ${limits.layers}`);
  return {
    mediaType,
    config: descriptorOf(fields['config'], `${what}: config`),
    layers: layers.map((layer, i) => descriptorOf(layer, `${what}: layer ${i + 1}`)),
    annotations: textMap(fields['annotations'], `${what}: annotations`),
  };
};

/** Handlers of crun that are WebAssembly, and the annotation that other tools know. */
const isWasmHandler = (annotations: Record<string, string>): boolean =>
  /^(wasm|wasm-smart|wasmedge|wasmtime|wasmer|wamr)$/.test(annotations['run.oci.handler'] ?? '') ||
  /^compat(-smart)?$/.test(annotations['module.wasm.image/variant'] ?? '');

/** Is this the platform of WebAssembly, under one of its names? */
export const isWasmPlatform = (platform: Platform | undefined): boolean =>
  platform !== undefined &&
  (/^wasm(32)?$/.test(platform.architecture) || /^wasi(p\d)?$/.test(platform.os));

/** Is this the tag that was asked for? Archives of Docker have whole names, of which the end will do. */
const hasTag = ({ annotations }: Descriptor, tag: string): boolean =>
  [annotations[REF_NAME], annotations['io.containerd.image.name']].some(
    (name) => name === tag || name?.endsWith(`/${tag}`) || name?.endsWith(`:${tag}`),
  );

const tagsOf = (roots: readonly Descriptor[]): string[] => [
  ...new Set(roots.map(({ annotations }) => annotations[REF_NAME] ?? '').filter(Boolean)),
];

/** A list for messages. */
const list = (names: readonly string[]): string =>
  names.length <= 12
    ? names.map(shown).join(', ')
    : `${names.slice(0, 12).map(shown).join(', ')}, …`;

/** The descriptors of an index file that a tag stands for. */
const tagged = (roots: readonly Descriptor[], tag: string | undefined): Descriptor[] => {
  const tags = tagsOf(roots);
  if (roots.length === 0) return fail('missing', 'there is no image in it');
  if (tag === undefined) {
    if (tags.length > 1 && new Set(roots.map(({ digest }) => digest)).size > 1)
      fail('usage', `several images: choose one by its tag (${list(tags)})`);
    return [...roots];
  }
  const found = roots.filter((root) => hasTag(root, tag));
  const exact = found.filter(({ annotations }) => annotations[REF_NAME] === tag);
  if (found.length > 0) return exact.length > 0 ? exact : found;
  const there = tags.length === 0 ? 'its images have none' : `there are ${list(tags)}`;
  return fail('missing', `no image has the tag ${shown(tag)}: ${there}`);
};

/** Descriptors that name different things, of which no platform tells which is meant. */
const checkOne = (found: readonly Descriptor[]): void => {
  const seen = new Map<string, string>();
  for (const { digest, platform, annotations } of found) {
    const key = platform === undefined ? '' : platformName(platform);
    const other = seen.get(key);
    if (other !== undefined && other !== digest) {
      const tag = annotations[REF_NAME];
      const which =
        tag === undefined ? 'two images without a tag' : `the tag ${shown(tag)} is there twice`;
      fail('malformed', `${which}, for different images`);
    }
    seen.set(key, digest);
  }
};

/** All manifests below some descriptors. */
const manifestsOf = async (
  source: ImageSource,
  descriptors: readonly Descriptor[],
  limits: ImageLimits,
): Promise<Descriptor[]> => {
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  const walk = async (list: readonly Descriptor[], depth: number): Promise<void> => {
    for (const descriptor of list) {
      const { mediaType, digest, annotations, platform } = descriptor;
      // What BuildKit says about how an image was made; registries and tools that copy lose the annotation.
      if (annotations['vnd.docker.reference.type'] === 'attestation-manifest') continue;
      if (platform?.os === 'unknown' && platform.architecture === 'unknown') continue;
      if (seen.has(digest)) continue;
      seen.add(digest);
      if (seen.size > limits.manifests) fail('limit', `more than ${limits.manifests} manifests`);
      if (isManifest(mediaType)) found.push(descriptor);
      else if (isIndex(mediaType)) {
        if (depth >= DEPTH) fail('limit', `indexes are nested more than ${DEPTH} deep`);
        const bytes = await readBlob(source, descriptor, limits.document, 'the index', true);
        await walk(indexEntries(bytes, 'the index'), depth + 1);
      } else if (mediaType === 'application/vnd.docker.distribution.manifest.v1+prettyjws') {
        fail('unsupported', 'the manifest is of schema version 1, which is obsolete');
      } else if (list.length === 1) {
        fail('unsupported', `the media type ${shown(mediaType)} is no image's`);
      }
    }
  };
  await walk(descriptors, 0);
  return found;
};

/** Completes the platform of a manifest whose descriptor has none: its configuration knows. */
const withPlatform = async (
  source: ImageSource,
  descriptor: Descriptor,
  limits: ImageLimits,
): Promise<Descriptor> => {
  if (descriptor.platform !== undefined) return descriptor;
  const { config, annotations } = await readManifest(source, descriptor, limits);
  const merged = { ...annotations, ...descriptor.annotations };
  if (!isImageConfig(config.mediaType) && !isWasmConfig(config.mediaType))
    return { ...descriptor, annotations: merged };
  const what = 'the configuration';
  const text = await readBlob(source, config, limits.document, what);
  return {
    ...descriptor,
    platform: platformOf(parseDocument(text, what), what),
    annotations: merged,
  };
};

/** Other names of architectures, with the variant that they mean, and variants that are meant where none is named. */
const otherNames: Record<string, readonly [architecture: string, variant?: string]> = {
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
};
const usualVariants: Record<string, string> = { amd64: 'v1', arm: 'v7', arm64: 'v8' };

/** A platform by the names that Docker uses, with its variant. */
const canonical = ({ os, architecture, variant }: Platform): Platform => {
  const name = architecture.toLowerCase();
  const [plain, meant] = Object.hasOwn(otherNames, name) ? otherNames[name]! : [name];
  const usual = Object.hasOwn(usualVariants, plain) ? usualVariants[plain] : undefined;
  const told = /^\d/.test(variant ?? '') ? `v${variant}` : variant || undefined;
  return { os: os.toLowerCase(), architecture: plain, variant: told ?? meant ?? usual };
};

/** Is this the platform that is wanted, of any variant where none is named? */
export const matches = (platform: Platform | undefined, wanted: Platform): boolean => {
  if (platform === undefined) return false;
  const [there, asked] = [canonical(platform), canonical(wanted)];
  const any = wanted.variant === undefined && !/^arm(?:hf|el)$/i.test(wanted.architecture);
  return (
    there.os === asked.os &&
    there.architecture === asked.architecture &&
    (any || there.variant === asked.variant)
  );
};

/** How well a manifest suits who wants WebAssembly; where none does, the host's own platform is the example. */
const suits = ({ platform, annotations }: Descriptor): number => {
  // Modules of preview 1 before components.
  if (isWasmPlatform(platform)) return /^wasip[2-9]$/.test(platform!.os) ? 4 : 5;
  if (isWasmHandler(annotations)) return 3;
  if (platform === undefined) return 2;
  const architecture = architectures[process.arch] ?? process.arch;
  return platform.os === 'linux' && platform.architecture === architecture ? 1 : 0;
};

/** All manifests of the image that is wanted, each with its platform as far as anything tells it. */
export const findManifests = async (
  source: ImageSource,
  tag: string | undefined,
  limits: ImageLimits,
): Promise<Descriptor[]> => {
  const roots = tagged(await source.roots(), tag);
  checkOne(roots);
  const found = await manifestsOf(source, roots, limits);
  if (found.length === 0) fail('missing', 'the index leads to no image');
  return Promise.all(found.map((item) => withPlatform(source, item, limits)));
};

/**
 * Chooses a manifest.
 * @throws ImageError where there is none, or more than one that is meant
 */
export const select = async (
  source: ImageSource,
  { tag, platform }: Wanted,
  limits: ImageLimits,
): Promise<Selected> => {
  const candidates = await findManifests(source, tag, limits);
  const platforms = candidates.map((item) =>
    item.platform === undefined ? 'unknown' : platformName(item.platform),
  );
  const fitting =
    platform === undefined
      ? candidates
      : candidates.filter((item) => matches(item.platform, platform));
  if (fitting.length === 0)
    fail('missing', `not for ${platformName(platform!)}; there are ${list(platforms)}`);
  let best = fitting[0]!;
  for (const item of fitting) if (suits(item) > suits(best)) best = item;
  return {
    manifest: await readManifest(source, best, limits),
    descriptor: best,
    platform: best.platform,
    platforms,
  };
};

/** A platform as people write it; throws an ImageError for what is none. */
export const parsePlatform = (text: string): Platform => {
  const [os, architecture, variant, more] = text.split('/');
  if (!os || !architecture || variant === '' || more !== undefined)
    return fail('usage', `"${shown(text)}" is no platform: OS/ARCHITECTURE[/VARIANT]`);
  return { os, architecture, variant };
};
