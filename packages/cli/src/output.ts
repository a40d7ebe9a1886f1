/**
 * Writing results. A build has up to three files, and either all of them appear or none: each is
 * written to a temporary file beside its target, and only then renamed; if a rename fails, what the
 * earlier ones replaced is put back.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { chmod, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { fileError, systemCode } from './errors.js';

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
  target: string;
  temporary: string;
  /** Where the file that was there before is kept while the others are renamed. */
  backup: string | undefined;
}

const sibling = (path: string, kind: string): string =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.${kind}`);

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

/** The file behind symbolic links, so that a link stays a link. */
const resolveTarget = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path;
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

const prepare = async (file: OutputFile, pending: Pending[]): Promise<void> => {
  await mkdir(dirname(file.path), { recursive: true });
  const target = await resolveTarget(file.path);
  const before = await statOrNothing(target);
  if (before?.isDirectory()) {
    throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  }
  if (before && !before.isFile()) {
    // A device or a named pipe: there is nothing to rename.
    await writeFile(target, file.chunks, 'w');
    return;
  }
  const item: Pending = { target, temporary: sibling(target, 'tmp'), backup: undefined };
  temporary.add(item.temporary);
  pending.push(item);
  await writeFile(item.temporary, file.chunks, 'wx');
  if (before) {
    await chmod(item.temporary, before.mode);
    item.backup = sibling(target, 'old');
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

/** Writes all files or none of them. */
export const writeFiles = async (files: OutputFile[]): Promise<void> => {
  const pending: Pending[] = [];
  let current = files[0]?.path ?? '';
  for (const name of signals) process.on(name, cleanUp);
  try {
    for (const file of files) {
      current = file.path;
      await prepare(file, pending);
    }
    await commit(pending);
  } catch (error) {
    throw fileError('write', current, error);
  } finally {
    for (const item of pending) {
      await rm(item.temporary, { force: true });
      temporary.delete(item.temporary);
    }
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
