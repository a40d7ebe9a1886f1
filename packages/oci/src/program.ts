/**
 * The program of an image: gets a manifest, gives the module with the arguments, environment, folder and files that the
 * image has for it. What is no WebAssembly is refused with what it is instead.
 */

import { posix } from 'node:path';
import { expand } from './compression.js';
import { parseDigest } from './digest.js';
import { fail, shown } from './errors.js';
import {
  fieldsOf,
  type Platform,
  parseDocument,
  platformName,
  platformOf,
  textMap,
  textOf,
  textsOf,
} from './json.js';
import type { ImageLimits } from './limits.js';
import { isFileLayer, isImageConfig, isWasmConfig, isWasmLayer } from './media-types.js';
import type { Selected } from './select.js';
import { type ImageSource, readBlob } from './source.js';
import { Tree, type TreeDirectory } from './tree.js';

/** A program and what its image tells about it. */
export interface ImageProgram {
  /** The module: binary, or text where the image names a `.wat` file. */
  module: Uint8Array;
  /** Where it is in the image's files; undefined for a layer that is a module itself. */
  path: string | undefined;
  /** All arguments, the program's name first. */
  args: string[];
  /** How many of `args` are the entrypoint's, which stay where others are given. */
  fixed: number;
  /** With `PWD` where the working directory is not the root: there is nothing else in WASI that tells it. */
  env: Record<string, string>;
  /** An absolute path. */
  workingDirectory: string;
  /** The root file system. */
  files: TreeDirectory;
  /** What the program sees of it, on hosts that have nothing but preopens: paths of folders by the program's names. */
  preopens: Record<string, string>;
  /** Names in the working directory. */
  workingNames: string[];
  /** What the image says about itself. */
  about: ImageAbout;
}

/** What an image says about itself. */
export interface ImageAbout {
  /** Of the manifest. */
  digest: string;
  mediaType: string;
  platform: string | undefined;
  platforms: string[];
  form: 'image' | 'artifact';
  layers: { mediaType: string; digest: string; size: number }[];
  annotations: Record<string, string>;
  labels: Record<string, string>;
  entrypoint: string[];
  command: string[];
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The part of a configuration that says how a process is started (OCI image specification, "Properties"). */
interface Execution {
  entrypoint: string[];
  command: string[];
  env: Record<string, string>;
  workingDirectory: string;
  labels: Record<string, string>;
  diffIds: string[] | undefined;
  platform: Platform | undefined;
}

const NOTHING: Execution = {
  entrypoint: [],
  command: [],
  env: {},
  workingDirectory: '/',
  labels: {},
  diffIds: undefined,
  platform: undefined,
};

const environment = (list: readonly string[], what: string): Record<string, string> => {
  const env = new Map<string, string>();
  for (const item of list) {
    const at = item.indexOf('=');
    if (at < 1 || item.includes('\0'))
      fail('malformed', `${what}: Env holds "${shown(item)}", no NAME=VALUE`);
    env.set(item.slice(0, at), item.slice(at + 1));
  }
  return Object.fromEntries(env);
};

const readExecution = async (
  source: ImageSource,
  { manifest }: Selected,
  limits: ImageLimits,
): Promise<Execution> => {
  const what = 'the configuration';
  const { config } = manifest;
  const wasm = manifest.layers.some(({ mediaType }) => isWasmLayer(mediaType));
  if (!isImageConfig(config.mediaType)) {
    if (!wasm) fail('unsupported', `the media type ${shown(config.mediaType)} is no image's`);
    const bytes = await readBlob(source, config, limits.document, what);
    const platform = isWasmConfig(config.mediaType)
      ? platformOf(parseDocument(bytes, what), what)
      : undefined;
    return { ...NOTHING, platform };
  }
  const fields = parseDocument(await readBlob(source, config, limits.document, what), what);
  const given = fields['config'] ?? {};
  const execution = fieldsOf(given, `${what}: config`);
  const folder = textOf(execution['WorkingDir'], `${what}: WorkingDir`) || '/';
  if (folder.includes('\0')) fail('malformed', `${what}: WorkingDir holds a NUL character`);
  const texts = (name: string): string[] => {
    const list = textsOf(execution[name], `${what}: ${name}`);
    if (list.some((text) => text.includes('\0')))
      fail('malformed', `${what}: ${name} holds a NUL character`);
    return list;
  };
  const rootfs = fields['rootfs'];
  return {
    entrypoint: texts('Entrypoint'),
    command: texts('Cmd'),
    env: environment(textsOf(execution['Env'], `${what}: Env`), what),
    workingDirectory: posix.resolve('/', folder),
    labels: textMap(execution['Labels'], `${what}: Labels`),
    diffIds:
      rootfs === undefined || wasm
        ? undefined
        : textsOf(fieldsOf(rootfs, `${what}: rootfs`)['diff_ids'], `${what}: diff_ids`),
    platform: platformOf(fields, what),
  };
};

/** The layers of a manifest: the modules among them, and the files of the others. */
const readLayers = async (
  source: ImageSource,
  { manifest }: Selected,
  diffIds: readonly string[] | undefined,
  limits: ImageLimits,
): Promise<{ modules: Uint8Array[]; tree: Tree }> => {
  const { layers } = manifest;
  if (diffIds !== undefined && diffIds.length !== layers.length)
    fail('malformed', `${layers.length} layers, but ${diffIds.length} diff_ids`);
  for (const [i, { mediaType }] of layers.entries())
    if (!isWasmLayer(mediaType) && !isFileLayer(mediaType))
      fail('unsupported', `layer ${i + 1} has the unknown media type ${shown(mediaType)}`);
  const modules: Uint8Array[] = [];
  const tree = new Tree(limits);
  for (const [i, layer] of layers.entries()) {
    const what = `layer ${i + 1}`;
    const bytes = await readBlob(source, layer, limits.blob, what);
    if (isWasmLayer(layer.mediaType)) {
      modules.push(bytes);
      continue;
    }
    const wanted = diffIds?.[i];
    const algorithm = wanted === undefined ? undefined : parseDigest(wanted).algorithm;
    const expanded = expand(bytes, limits.layer, what, algorithm);
    await tree.apply(expanded.pieces, what);
    const digest = expanded.digest();
    if (wanted !== undefined && digest !== wanted)
      fail('malformed', `${what} expands to ${digest}, not ${shown(wanted)}`);
  }
  return { modules, tree };
};

/** What a file is that was to be a program, where it is no WebAssembly. */
const foreignProgram = (bytes: Uint8Array): string => {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (start === '\x7fELF') return 'a native program (ELF)';
  if (start.startsWith('#!')) return 'a script for another program';
  if (start.startsWith('MZ')) return 'a native program (PE)';
  return bytes.length === 0 ? 'empty' : 'no WebAssembly';
};

const isModule = (bytes: Uint8Array, path: string): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\0asm' ||
  (/\.wat$/.test(path) && bytes.length > 0);

/** Where a program may be that an image names as `name`, as a shell looks for it, then from the root. */
const placesOf = (name: string, { env, workingDirectory }: Execution): string[] => {
  if (name.startsWith('/')) return [name];
  const here = posix.resolve(workingDirectory, name);
  if (name.includes('/')) return [here, posix.resolve('/', name)];
  const path = (env['PATH'] ?? PATH).split(':').filter((folder) => folder.startsWith('/'));
  return [...path.map((folder) => posix.join(folder, name)), here, posix.resolve('/', name)];
};

const describePlatforms = ({ platforms }: Selected): string =>
  platforms.length === 1 ? `it is for ${platforms[0]}` : `it is for ${platforms.join(', ')}`;

/** The module among the files that the arguments name, or a refusal. */
const findModule = (
  tree: Tree,
  argv: readonly string[],
  execution: Execution,
  selected: Selected,
): { path: string; module: Uint8Array } => {
  const [name] = argv;
  const where = describePlatforms(selected);
  if (name === undefined)
    return fail('refused', `the image has neither Entrypoint nor Cmd; ${where}`);
  for (const path of placesOf(name, execution)) {
    const node = tree.find(path);
    if (node?.type !== 'file') continue;
    if (isModule(node.content, path)) return { path, module: node.content };
    return fail(
      'refused',
      `its entrypoint ${shown(path)} is ${foreignProgram(node.content)}, and only WebAssembly is run; ${where}`,
    );
  }
  return fail(
    'missing',
    `its entrypoint "${shown(name)}" is not among the image's files; ${where}`,
  );
};

/**
 * The folders that a program is given. Paths that are relative are looked up by its library in a preopen `.`, which
 * stands for the root, too: so that absolute ones are not, each folder of the root is one of its own.
 */
const preopensOf = (tree: Tree, folder: string): Record<string, string> => {
  if (folder === '/') return { '/': '/' };
  if (!tree.ensure(folder))
    return fail('malformed', `its working directory ${shown(folder)} is no folder`);
  const preopens: Record<string, string> = { '/': '/' };
  for (const name of tree.root.entries.keys())
    if (tree.isFolder(`/${name}`)) preopens[`/${name}`] = `/${name}`;
  preopens['.'] = folder;
  return preopens;
};

const namesIn = (tree: Tree, folder: string): string[] => {
  const node = tree.find(folder);
  return node?.type === 'directory' ? [...node.entries.keys()] : [];
};

/**
 * Reads the program of an image.
 * @param given arguments in place of those that the image has (its Cmd), or undefined
 * @throws ImageError where the image is damaged, too large, or runs no WebAssembly
 */
export const readProgram = async (
  source: ImageSource,
  selected: Selected,
  given: readonly string[] | undefined,
  limits: ImageLimits,
): Promise<ImageProgram> => {
  const { manifest, descriptor } = selected;
  const execution = await readExecution(source, selected, limits);
  const { entrypoint, command, labels } = execution;
  const { modules, tree } = await readLayers(source, selected, execution.diffIds, limits);
  if (modules.length > 1)
    fail('unsupported', `${modules.length} layers are WebAssembly; one is run`);
  // Arguments of the caller stand for Cmd; but where that names the program, it goes on doing so.
  const [program, ...rest] = entrypoint.length > 0 ? entrypoint : command.slice(0, 1);
  const own = entrypoint.length > 0 ? command : command.slice(1);
  const artifact = modules.length === 1;
  const argv0 = program ?? (artifact ? 'app.wasm' : undefined);
  const fixed = argv0 === undefined ? [] : [argv0, ...rest];
  const args = [...fixed, ...(given ?? own)];
  const found = artifact
    ? { path: undefined, module: modules[0]! }
    : findModule(tree, args, execution, selected);
  const platform = selected.platform ?? execution.platform;
  const folder = execution.workingDirectory;
  return {
    ...found,
    args,
    fixed: fixed.length,
    env: folder === '/' ? execution.env : { PWD: folder, ...execution.env },
    workingDirectory: folder,
    files: tree.root,
    preopens: preopensOf(tree, folder),
    workingNames: namesIn(tree, folder),
    about: {
      digest: descriptor.digest,
      mediaType: manifest.mediaType,
      platform: platform && platformName(platform),
      platforms: selected.platforms,
      form: artifact ? 'artifact' : 'image',
      layers: manifest.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      annotations: { ...manifest.annotations, ...descriptor.annotations },
      labels,
      entrypoint,
      command,
    },
  };
};
