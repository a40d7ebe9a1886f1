/**
 * The image of a program: gets the module and the script that it was compiled to, gives one image for many processors, in
 * which Node runs the script, and for WebAssembly itself, in which the container's engine runs the module.
 */

import { posix } from 'node:path';
import { fail, shown } from '../errors.js';
import { type Platform, platformName } from '../json.js';
import { limitsOf } from '../limits.js';
import { type OpenOptions, openSource } from '../open.js';
import type { ImageProgram } from '../program.js';
import { parseReference, referenceName } from '../reference.js';
import { isWasmPlatform, parsePlatform } from '../select.js';
import { type ComposedImage, compose, type NewLayer, newLayer, type Variant } from './compose.js';
import { treeEntries } from './tar.js';

/** The platforms that an image is made for where none are named. */
export const DEFAULT_PLATFORMS: readonly string[] = [
  'linux/amd64',
  'linux/arm64',
  'linux/s390x',
  'linux/riscv64',
  'linux/ppc64le',
  'wasi/wasm',
];

/** The base where none is named. */
export const DEFAULT_BASE = 'docker://docker.io/library/node:24-slim';

/** What an image is made of. */
export interface CreateOptions extends Omit<OpenOptions, 'platform'> {
  /** The binary module, a WASI command. */
  module: Uint8Array;
  /** What it was compiled to: a CommonJS script that runs by itself. */
  script: Uint8Array;
  /** What the program is called: a name of a file without extension. */
  name: string;
  /** Arguments where whoever runs the image gives none. */
  args?: readonly string[] | undefined;
  /** The image that the module was in: its files, environment and arguments are kept. */
  program?: ImageProgram | undefined;
  /** An image with Node, by any name that images are read by. Default: Docker's `node:24-slim`. */
  base?: string | undefined;
  /** Default: amd64, arm64, s390x, riscv64, ppc64le of Linux, as far as the base has them, and `wasi/wasm`. */
  platforms?: readonly string[] | undefined;
  /** How Node is called in the base. Default `node`, which is looked for on its PATH. */
  node?: string | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
  /** The time of all files and of the image, in seconds since 1970. Default 0. */
  created?: number | undefined;
}

/** An image that was made; its base is open until `close` is called. */
export interface CreatedImage {
  image: ComposedImage;
  /** Repositories of a registry that the base's layers are in, by host. */
  base: { host: string; repository: string } | undefined;
  close(): Promise<void>;
}

/** Settings of a built command for a container: the program sees what the container has. */
const settings = (program: ImageProgram | undefined, path: string): Record<string, string> => {
  const folders = Object.entries(program?.preopens ?? { '/': '/' })
    // What the setting has no way to say.
    .filter(([guest, folder]) => !/,|::/.test(guest + folder))
    .map(([guest, folder]) => `${folder}::${guest}`);
  return { WASM2JS_DIRS: folders.join(','), WASM2JS_ENV: '*', WASM2JS_ARGV0: path };
};

/** How a program is started: as a module, and as a script by Node. */
const startsOf = (options: CreateOptions, path: string, script: string) => {
  const { program, node = 'node' } = options;
  const [argv0, ...fixed] = program?.args.slice(0, program.fixed) ?? [path];
  const own = program?.args.slice(program.fixed) ?? [];
  const command = [...(options.args ?? own)];
  const workingDirectory = program?.workingDirectory;
  const { PATH: _, ...inner } = program?.env ?? {};
  return {
    module: {
      entrypoint: [program?.path ?? path, ...fixed],
      command,
      env: program?.env,
      workingDirectory: workingDirectory ?? '/',
    },
    script: {
      entrypoint: [node, script, ...fixed],
      command,
      // Its PATH would hide the base's, where Node is.
      env: { ...inner, ...settings(program, argv0!) },
      workingDirectory,
    },
  };
};

const checkNames = (what: string, values: Readonly<Record<string, string>> = {}): void => {
  for (const name of Object.keys(values))
    if (name === '' || /\p{Cc}/u.test(name))
      fail('usage', `"${shown(name)}" is no name of ${what}`);
};

/**
 * Makes an image.
 * @throws ImageError where the base cannot be read or lacks a platform that was asked for
 */
export const createImage = async (options: CreateOptions): Promise<CreatedImage> => {
  const { module, script, name, program, labels = {}, annotations = {} } = options;
  const created = options.created ?? 0;
  if (!Number.isSafeInteger(created) || created < 0 || created > 253402300799)
    fail('usage', `${created} is no time of an image`);
  checkNames('a label', labels);
  checkNames('an annotation', annotations);
  const wanted = (options.platforms ?? DEFAULT_PLATFORMS).map(parsePlatform);
  const wasm = wanted.filter(isWasmPlatform);
  const native = wanted.filter((platform) => !isWasmPlatform(platform));
  const limits = limitsOf(options.limits);
  const modulePath = `/${name}.wasm`;
  const scriptPath = `/app/${name}.cjs`;
  const starts = startsOf(options, modulePath, scriptPath);

  const files = program && treeEntries(program.files);
  const layerOf = (entries: Parameters<typeof newLayer>[0], what: string): NewLayer =>
    newLayer(entries, created, `wasm2js image: ${what}`);
  // Files of an image are a layer of all platforms; of a module that was none of them, there is one more.
  const shared = files === undefined || files.length === 0 ? [] : [layerOf(files, 'files')];
  const variants: Variant[] = [];
  let opened: Awaited<ReturnType<typeof openSource>> | undefined;
  let base: CreatedImage['base'];
  try {
    if (native.length > 0) {
      const from = options.base ?? DEFAULT_BASE;
      opened = await openSource(from, options);
      const reference = parseReference(from);
      if (reference.transport === 'docker') base = reference;
      variants.push({
        platforms: unique(native),
        required: options.platforms !== undefined,
        base: {
          ...opened,
          name: from,
          reference: reference.transport === 'docker' ? referenceName(reference) : undefined,
        },
        layers: [
          ...shared,
          layerOf(
            [
              { path: posix.dirname(scriptPath).slice(1), type: 'directory' },
              { path: scriptPath.slice(1), type: 'file', content: script },
            ],
            scriptPath,
          ),
        ],
        start: starts.script,
      });
    }
    if (wasm.length > 0) {
      const own =
        program?.path === undefined
          ? [
              layerOf(
                [{ path: modulePath.slice(1), type: 'file', content: module, mode: 0o755 }],
                modulePath,
              ),
            ]
          : [];
      variants.push({
        platforms: unique(wasm),
        required: true,
        base: undefined,
        layers: [...shared, ...own],
        start: starts.module,
        annotations: { 'module.wasm.image/variant': 'compat-smart' },
      });
    }
    const image = await compose(variants, { labels, annotations, created }, limits);
    return { image, base, close: async () => opened?.source.close() };
  } catch (error) {
    await opened?.source.close();
    throw error;
  }
};

const unique = (platforms: readonly Platform[]): Platform[] => [
  ...new Map(platforms.map((platform) => [platformName(platform), platform])).values(),
];
