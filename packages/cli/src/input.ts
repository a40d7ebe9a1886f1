/** Reading the module that a command works on: a file or standard input, binary or text. */

import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError, fileError } from './errors.js';
import { foreign, isText, isWasm } from './foreign.js';
import { assemble } from './wat.js';

/** The name of an input or output in messages. */
export const displayName = (path: string, stream: string): string =>
  path === '-' ? `<${stream}>` : path;

const readAll = async (stream: Readable): Promise<Uint8Array> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** The raw bytes of `path` ("-": standard input). */
export const readBytes = async (path: string): Promise<Uint8Array> => {
  try {
    return path === '-' ? await readAll(process.stdin) : await readFile(path);
  } catch (error) {
    throw fileError('read', displayName(path, 'stdin'), error);
  }
};

/** Reads `path` and assembles it if it is text; returns the binary module. */
export const readModule = async (path: string): Promise<Uint8Array> => {
  const bytes = await readBytes(path);
  const name = displayName(path, 'stdin');
  return toBinary(bytes, name);
};

/** Text without the mark that some editors put before it. */
const withoutMark = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/**
 * A binary module from either format; `name` is what errors call the input.
 * @throws CliError that says what else it is
 */
export const toBinary = async (bytes: Uint8Array, name: string): Promise<Uint8Array> => {
  if (bytes.length === 0) throw new CliError(`${name}: the input is empty`);
  const named = /\.wat$/i.test(name);
  const what = foreign(bytes, named);
  if (what !== undefined) throw new CliError(`${name}: ${what}`);
  if (isWasm(bytes) || !(named || isText(bytes))) return bytes;
  const binary = await assemble(withoutMark(bytes), name);
  const component = foreign(binary, false);
  if (component !== undefined) throw new CliError(`${name}: ${component}`);
  return binary;
};
