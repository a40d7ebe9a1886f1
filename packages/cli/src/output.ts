/**
 * Writing results. A build has up to three files, and either all of them appear or none: each is
 * written to a temporary file beside its target, and only then renamed; if a rename fails, what the
 * earlier ones replaced is put back.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { chmod, mkdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { fileError, systemCode, UsageError } from './errors.js';
import { resolveTarget, sameFile } from './identity.js';

/** One file to write. */
export interface OutputFile {
  path: string;
  chunks: Iterable<string | Uint8Array>;
}

/** Writes chunks to a stream, waiting whenever it is full. */
export const writeChunks = async (
  stream: Writable,
  chunks: Iterable<string | Uint8Array>,
): Promise<void> => {
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
};

/** Temporary files that exist now; removed when a signal ends the process. */
const temporary = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanUp = (signal: NodeJS.Signals): void => {
  for (const path of temporary) rmSync(path, { force: true });
  for (const name of signals) process.removeListener(name, cleanUp);
  process.kill(process.pid, signal);
};

interface Pending {
  /** The path as it was given. */
  path: string;
  target: string;
  temporary: string;
  /** Where the file that was there before is kept while the others are renamed. */
  backup: string | undefined;
}

/** Bytes of a name that leave room for what `sibling` adds, and characters that are kept of others. */
const LONG_NAME = 230;
const NAME_END = 60;

/** A name beside a file. Of a long one the end is kept: outputs of one build differ there. */
const sibling = (path: string, mark: string, kind: string): string => {
  const name = basename(path);
  const kept = Buffer.byteLength(name) > LONG_NAME ? name.slice(-NAME_END) : name;
  return join(dirname(path), `.${kept}.${mark}.${kind}`);
};

const writeFile = async (
  path: string,
  chunks: Iterable<string | Uint8Array>,
  flags: string,
): Promise<void> => {
  const stream = createWriteStream(path, { flags });
  const done = finished(stream);
  done.catch(() => {});
  try {
    await Promise.race([writeChunks(stream, chunks), done]);
    stream.end();
    await done;
  } catch (error) {
    stream.destroy();
    throw error;
  }
};

const statOrNothing = async (path: string) => {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Makes the temporary file of an output. All of a build have one mark in their names: where the file
 * system takes two names for one (by case or by composed characters), the second is there already.
 */
const prepare = async (file: OutputFile, mark: string, pending: Pending[]): Promise<void> => {
  const target = await resolveTarget(file.path);
  const before = await statOrNothing(target);
  if (before?.isDirectory()) {
    throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  }
  const item: Pending = {
    path: file.path,
    target,
    temporary: sibling(target, mark, 'tmp'),
    backup: undefined,
  };
  temporary.add(item.temporary);
  try {
    await writeFile(item.temporary, [], 'wx');
  } catch (error) {
    temporary.delete(item.temporary);
    const last = pending.at(-1)?.path;
    if (systemCode(error) !== 'EEXIST' || last === undefined) throw error;
    throw new UsageError(sameFile(last, file.path));
  }
  pending.push(item);
  await writeFile(item.temporary, file.chunks, 'r+');
  if (before) {
    await chmod(item.temporary, before.mode);
    item.backup = sibling(target, mark, 'old');
  }
};

const commit = async (pending: Pending[]): Promise<void> => {
  const done: Pending[] = [];
  try {
    for (const item of pending) {
      // The last rename cannot be followed by a failure, so it needs no way back.
      const needsBackup = item.backup !== undefined && item !== pending[pending.length - 1];
      if (needsBackup && item.backup) await rename(item.target, item.backup);
      else item.backup = undefined;
      done.push(item);
      await rename(item.temporary, item.target);
      temporary.delete(item.temporary);
    }
  } catch (error) {
    for (const item of done.reverse()) {
      if (item.backup) await rename(item.backup, item.target).catch(() => {});
      else if (!temporary.has(item.temporary)) await rm(item.target, { force: true });
    }
    throw error;
  }
  for (const item of done) if (item.backup) await rm(item.backup, { force: true });
};

/** A device or a named pipe: there is nothing to rename. */
const isStream = async (path: string): Promise<boolean> => {
  const status = await statOrNothing(path);
  return status !== undefined && !status.isFile() && !status.isDirectory();
};

/** Makes a folder; adds those that were not there to `made`, the outermost last. */
const makeFolder = async (folder: string, made: string[]): Promise<void> => {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const outermost = resolve(first);
  for (let at = resolve(folder); ; at = dirname(at)) {
    made.push(at);
    if (at === outermost || at === dirname(at)) return;
  }
};

/**
 * Writes all files or none of them.
 * @throws CliError for what the system refuses, UsageError where two of them are one file
 */
export const writeFiles = async (files: OutputFile[]): Promise<void> => {
  const pending: Pending[] = [];
  const made: string[] = [];
  const mark = randomBytes(6).toString('hex');
  let current = files[0]?.path ?? '';
  let complete = false;
  for (const name of signals) process.on(name, cleanUp);
  try {
    const streams: OutputFile[] = [];
    for (const file of files) {
      current = file.path;
      await makeFolder(dirname(await resolveTarget(file.path)), made);
      if (await isStream(file.path)) streams.push(file);
      else await prepare(file, mark, pending);
    }
    for (const file of streams) {
      current = file.path;
      await writeFile(file.path, file.chunks, 'w');
    }
    await commit(pending);
    complete = true;
  } catch (error) {
    throw fileError('write', current, error);
  } finally {
    for (const item of pending) {
      await rm(item.temporary, { force: true });
      temporary.delete(item.temporary);
    }
    if (!complete) for (const folder of made) await rmdir(folder).catch(() => {});
    for (const name of signals) process.removeListener(name, cleanUp);
  }
};

/** Writes chunks to standard output and waits until they have left the process. */
export const writeStdout = async (chunks: Iterable<string | Uint8Array>): Promise<void> => {
  await writeChunks(process.stdout, chunks);
  await new Promise<void>((resolve, reject) => {
    process.stdout.write('', (error) => (error ? reject(error) : resolve()));
  });
};
