/** Reading the module that a command works on: a file, standard input or an image, binary or text. */

import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ImageLimits, ImageProgram } from '@wasm2js/oci';
import { CliError, fileError, imageProblem, UsageError } from './errors.js';
import { foreign, isComponent, isText, isWasm } from './foreign.js';
import { assemble } from './wat.js';

/** The name of an input or output in messages. */
export const displayName = (path: string, stream: string): string =>
  path === '-' ? `<${stream}>` : path;

/** Bytes that tell whether something is a module, text or an archive with an image. */
const HEAD = 1 << 20;
/** Bytes of a stream at most: as many as those of a file. */
const MOST = 2 ** 31 - 1;

/** Could these bytes begin a tar archive, or one that is compressed by gzip or zstd? */
const mayBeArchive = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar' ||
  (bytes[0] === 0x1f && bytes[1] === 0x8b) ||
  (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd);

/** What a stream gives, which may have no end: of what can be no input the beginning is enough to say so. */
const readStream = async (stream: Readable, name: string): Promise<Uint8Array> => {
  const chunks: Buffer[] = [];
  let length = 0;
  let isKnown = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST) throw new CliError(`cannot read ${name}: file too large`);
    if (isKnown || length < HEAD) continue;
    isKnown = true;
    const head = Buffer.concat(chunks);
    if (!isWasm(head) && !isText(head) && !mayBeArchive(head)) break;
  }
  return Buffer.concat(chunks);
};

/** The raw bytes of `path` ("-": standard input). */
export const readBytes = async (path: string): Promise<Uint8Array> => {
  const name = displayName(path, 'stdin');
  try {
    if (path === '-') return await readStream(process.stdin, name);
    const isFile = (await stat(path)).isFile();
    return isFile ? await readFile(path) : await readStream(createReadStream(path), name);
  } catch (error) {
    throw fileError('read', name, error);
  }
};

/** Which image is meant where an input has several, and how much of one is read. */
export interface ImageChoice {
  /** `os/architecture` in place of WebAssembly's. */
  platform?: string | undefined;
  /** Bounds by name (`ImageLimits` of `@wasm2js/oci`) in place of the usual ones. */
  imageLimits?: Partial<ImageLimits> | undefined;
  /** Arguments in place of those that the image has. */
  args?: readonly string[] | undefined;
}

/** What a command works on: a module, and the image that it is of, if any. */
export interface Input {
  /** Binary or text. */
  bytes: Uint8Array;
  /** What errors call it. */
  name: string;
  image?: ImageProgram | undefined;
}

/** The beginning of a file; undefined for what is none. */
const headOf = async (path: string): Promise<Uint8Array | undefined> => {
  const file = await open(path, 'r');
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/** Does an input name an image by a transport, as skopeo and podman do? */
export const isReference = (input: string): boolean =>
  /^((oci|oci-archive|docker-archive|dir|docker-daemon|containers-storage|ostree|sif):|docker:\/\/)/.test(
    input,
  );

/** Is a path, or are bytes, an image? What does not look like one costs no loading of the package. */
const isImageInput = async (input: string | Uint8Array): Promise<boolean> => {
  if (typeof input !== 'string') {
    if (!mayBeArchive(input)) return false;
    return (await import('@wasm2js/oci')).isImage(input);
  }
  if (isReference(input)) return true;
  try {
    if ((await stat(input)).isDirectory()) return (await import('@wasm2js/oci')).isImage(input);
    const head = await headOf(input);
    return head !== undefined && (await isImageInput(head));
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
};

/** Is this what can be read only once: standard input, a pipe, a device? */
const isStream = async (input: string): Promise<boolean> => {
  if (input === '-') return true;
  if (isReference(input)) return false;
  try {
    const status = await stat(input);
    return !status.isFile() && !status.isDirectory();
  } catch {
    return false;
  }
};

/**
 * Reads an input: the module of a file or standard input, or the program of an image.
 * @throws CliError where it cannot be read, UsageError for a choice of what is no image
 */
export const readInput = async (
  input: string | Uint8Array,
  choice: ImageChoice = {},
): Promise<Input> => {
  const { platform, imageLimits, args } = choice;
  const name = typeof input === 'string' ? displayName(input, 'stdin') : 'module';
  const given =
    typeof input === 'string' && (await isStream(input)) ? await readBytes(input) : input;
  if (await isImageInput(given)) {
    const { ImageError, readImage } = await import('@wasm2js/oci');
    try {
      const image = await readImage(given, { platform, limits: imageLimits, args });
      return { bytes: image.module, name, image };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const message =
        typeof given === 'string'
          ? error.message
          : `${name}: ${error.message.replace(/^the image: /, '')}`;
      throw imageProblem(error, message);
    }
  }
  if (platform !== undefined || imageLimits !== undefined)
    throw new UsageError(`${name}: --platform and --image-limit are for images`);
  return { bytes: typeof given === 'string' ? await readBytes(given) : given, name };
};

/** Text without the mark that some editors put before it. */
const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/**
 * A binary module or component from either format; `name` is what errors call the input.
 * @throws CliError that says what else it is
 */
export const toAnyBinary = async (bytes: Uint8Array, name: string): Promise<Uint8Array> => {
  if (bytes.length === 0) throw new CliError(`${name}: the input is empty`);
  if (isComponent(bytes)) return bytes;
  const named = /\.wat$/i.test(name);
  const what = foreign(bytes, named);
  if (what !== undefined) throw new CliError(`${name}: ${what}`);
  if (isWasm(bytes) || !(named || isText(bytes))) return bytes;
  return assemble(withoutMark(bytes), name);
};

/**
 * Reads an input and assembles it if it is text: `bytes` are a binary module or component.
 * @throws CliError that says what else it is
 */
export const readBinary = async (path: string, choice?: ImageChoice): Promise<Input> => {
  const input = await readInput(path, choice);
  return { ...input, bytes: await toAnyBinary(input.bytes, input.name) };
};

/**
 * A binary module from either format; `name` is what errors call the input.
 * @throws CliError that says what else it is
 */
export const toBinary = async (bytes: Uint8Array, name: string): Promise<Uint8Array> => {
  const binary = await toAnyBinary(bytes, name);
  const component = isComponent(binary) ? foreign(binary, false) : undefined;
  if (component !== undefined) throw new CliError(`${name}: ${component}`);
  return binary;
};
