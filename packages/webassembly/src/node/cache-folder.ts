/**
 * Compiled text on disk. What is in the folder is evaluated, so only what this user wrote, and nobody else can write,
 * is read; and only what is whole and belongs to its key. Must hold: nothing here throws, a cache that cannot be used is none.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { KnownText } from '../known-text.js';

const MOST_BYTES = 256 * 2 ** 20;
const EXTENSION = '.wasm2js';

/** The folder where this user's programs keep what can be made again. */
export function defaultFolder(): string {
  const { platform, env } = process;
  const base =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(homedir(), 'AppData/Local'))
      : platform === 'darwin'
        ? join(homedir(), 'Library/Caches')
        : (env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'));
  return join(base, 'wasm2js');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Can nobody but this user have written it? Windows has no such numbers; its folders of users are theirs. */
function isOurs({ uid, mode }: Stats): boolean {
  const user = process.getuid?.();
  return user === undefined || (uid === user && (mode & 0o022) === 0);
}

/** A cache in a folder. */
export class CacheFolder {
  /** Undefined until the folder was looked at. */
  private usable: boolean | undefined;

  /** @param most bytes that its files may have together; the ones used last stay */
  constructor(
    private readonly folder: string,
    private readonly most = MOST_BYTES,
  ) {}

  /**
   * What was written for a key.
   * @param key says all that the text depends on
   * @returns undefined where there is nothing that can be trusted
   */
  read(key: string): KnownText | undefined {
    try {
      if (!this.isUsable()) return undefined;
      const path = this.path(key);
      // A pipe without a writer is not waited for.
      const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const stats = fstatSync(file);
        if (!stats.isFile() || !isOurs(stats)) return undefined;
        const contents = readFileSync(file, 'utf8');
        const end = contents.indexOf('\n');
        const payload = contents.slice(end + 1);
        if (contents.slice(0, end) !== sha256(payload)) return undefined;
        const found = JSON.parse(payload) as KnownText & { key: string };
        if (found.key !== key) return undefined;
        const now = new Date();
        if (now.getTime() - stats.mtimeMs > 3_600_000) utimesSync(path, now, now);
        return found;
      } finally {
        closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** Writes what a key stands for: all of it, or nothing; of several writers, the last. */
  write(key: string, { body, functions }: KnownText): void {
    let temporary: string | undefined;
    try {
      if (!this.isUsable()) return;
      const path = this.path(key);
      const payload = JSON.stringify({ key, body, functions });
      const contents = `${sha256(payload)}\n${payload}`;
      if (contents.length > this.most / 8) return;
      temporary = `${path}.${process.pid}.${sha256(`${performance.now()}`).slice(0, 12)}.tmp`;
      // Must not be there: no file, no link of anybody's is written through.
      writeFileSync(temporary, contents, { flag: 'wx', mode: 0o600 });
      renameSync(temporary, path);
      temporary = undefined;
      this.limit(path);
    } catch {
      if (temporary !== undefined) rmSync(temporary, { force: true });
    }
  }

  private path(key: string): string {
    return join(this.folder, `${sha256(key)}${EXTENSION}`);
  }

  private isUsable(): boolean {
    if (this.usable === undefined) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const stats = lstatSync(this.folder);
      this.usable = stats.isDirectory() && isOurs(stats);
    }
    return this.usable;
  }

  /** Removes what was used longest ago, until the rest is small enough; and what writers left that were ended. */
  private limit(written: string): void {
    const files = readdirSync(this.folder)
      .filter((name) => name.includes(EXTENSION))
      .map((name) => {
        const path = join(this.folder, name);
        const { size, mtimeMs } = statSync(path);
        return { path, size, mtimeMs };
      })
      .sort((a, b) => b.mtimeMs - a.mtimeMs);
    let sum = 0;
    const old = Date.now() - 3_600_000;
    for (const { path, size, mtimeMs } of files) {
      sum += size;
      const isLeft = path.endsWith('.tmp') && mtimeMs < old;
      if (path !== written && (sum > this.most || isLeft)) rmSync(path, { force: true });
    }
  }
}
