/**
 * Compiled text in a page's IndexedDB. Each key has parts: the body and functions, then functions that were called later, so
 * that nothing is written twice. Must hold: nothing here throws or waits for ever, a store that cannot be used is none; what
 * is given was written for the key, in one piece, and is what was written: what has another digest is removed.
 */
import { moduleDigestLater } from './digest.js';
import type { KnownText } from './known-text.js';

/** A part of what is known of a key. */
export interface Part {
  body?: string;
  functions: Record<number, string>;
}
/** A part as it is stored. */
interface Stored extends Part {
  digest: string;
}
/** When a key was used last (milliseconds), and the length of its text. */
interface Use {
  used: number;
  size: number;
}

const PARTS = 'parts';
const USES = 'uses';
/** Some browsers leave requests without an answer; a page does not wait for that. */
const PATIENCE = 1000;
const HOUR = 3_600_000;

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const partsOf = (key: string): IDBKeyRange => IDBKeyRange.bound([key], [key, []]);

/** The digest of a part and its place: what was changed, cut off or moved has another one. */
const digestOf = (key: string, number: number, { body, functions }: Part): Promise<string> =>
  moduleDigestLater(new TextEncoder().encode(JSON.stringify([key, number, body, functions])));

/** A store of text. */
export class PageStore {
  private database: Promise<IDBDatabase> | undefined;
  private broken = false;

  /**
   * @param name of the database
   * @param most characters that its texts may have together; the keys used last stay
   */
  constructor(
    private readonly name: string,
    private readonly most: number,
  ) {}

  /**
   * What is known of a key.
   * @returns undefined where there is nothing; with the number of parts, which is that of the next one
   */
  read(key: string): Promise<{ known: KnownText; parts: number } | undefined> {
    return this.trying(PATIENCE, async (database) => {
      const now = Date.now();
      const stores = database.transaction([PARTS, USES]);
      const use = answer<Use | undefined>(stores.objectStore(USES).get(key));
      const parts = await answer<Stored[]>(stores.objectStore(PARTS).getAll(partsOf(key)));
      const used = await use;
      const digests = await Promise.all(parts.map((part, i) => digestOf(key, i, part)));
      const body = parts[0]?.body;
      if (
        used === undefined ||
        body === undefined ||
        parts.some(({ digest }, i) => digest !== digests[i])
      ) {
        const all = database.transaction([PARTS, USES], 'readwrite');
        all.objectStore(PARTS).delete(partsOf(key));
        all.objectStore(USES).delete(key);
        return undefined;
      }
      if (now - used.used > HOUR)
        database
          .transaction(USES, 'readwrite')
          .objectStore(USES)
          .put({ ...used, used: now }, key);
      const functions = Object.assign({}, ...parts.map((part) => part.functions));
      return { known: { body, functions }, parts: parts.length };
    });
  }

  /** Adds a part to a key; removes the keys that were used longest ago, until the rest is small enough. */
  async write(key: string, number: number, part: Part): Promise<void> {
    const texts = [part.body ?? '', ...Object.values(part.functions)];
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    if (size > this.most / 4) return;
    const stored: Stored = { ...part, digest: await digestOf(key, number, part) };
    // Nobody waits for this; what is large takes its time.
    await this.trying(60 * PATIENCE, async (database) => {
      const stores = database.transaction([PARTS, USES], 'readwrite');
      const done = new Promise((resolve, reject) => {
        stores.oncomplete = resolve;
        stores.onabort = () => reject(stores.error);
      });
      const [parts, uses] = [stores.objectStore(PARTS), stores.objectStore(USES)];
      parts.put(stored, [key, number]);
      const before = await answer<Use | undefined>(uses.get(key));
      uses.put({ used: Date.now(), size: (before?.size ?? 0) + size }, key);
      const keys = await answer(uses.getAllKeys());
      const all = await answer<Use[]>(uses.getAll());
      const order = keys.map((of, i) => ({ of, ...all[i]! })).sort((a, b) => b.used - a.used);
      let sum = 0;
      for (const use of order) {
        sum += use.size;
        if (sum <= this.most) continue;
        parts.delete(partsOf(use.of as string));
        uses.delete(use.of);
      }
      await done;
    });
  }

  /** Does something with the database, in time and if it can be had; after a failure nothing more is tried. */
  private async trying<T>(
    patience: number,
    run: (database: IDBDatabase) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.broken) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, patience);
    });
    try {
      this.database ??= this.open();
      return await Promise.race([this.database.then(run), late]);
    } catch {
      this.broken = true;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  private async open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.name, 1);
    request.onupgradeneeded = () => {
      for (const store of [PARTS, USES]) request.result.createObjectStore(store);
    };
    const database = await answer(request);
    // Whoever deletes it, or has a later form of it, need not wait for this page.
    database.onversionchange = () => database.close();
    return database;
  }
}
