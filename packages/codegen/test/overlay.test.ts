/** Files and arguments that a command brings: what its WASI runtime is given. */

import { expect, test } from 'vitest';
import type { OverlayDirectory, OverlayNode } from '../src/index.js';
import { load } from './building.js';

const COMMAND = `(module
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))`;

/** A runtime that keeps what it is given. */
const source = `class WASI {
    constructor(options) { WASI.given = options; options.seen?.(options); }
    getImportObject() { return { wasi_snapshot_preview1: { sched_yield: () => 0 } }; }
    start() { return 0; }
  }
  export { WASI };`;

const folder = (entries: [string, OverlayNode][], mtime = 0): OverlayDirectory => ({
  type: 'directory',
  entries: new Map(entries),
  mtime,
});

const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
const shared: OverlayNode = { type: 'file', content: bytes, mtime: 9 };
const files = folder(
  [
    ['__proto__', { type: 'file', content: new Uint8Array(0), mtime: 1 }],
    ['with "quotes"\u2028', shared],
    ['link', { type: 'link', target: "../it's", mtime: 2 }],
    ['deep', folder([['er', folder([['hard', shared]], 5)]], 4)],
  ],
  3,
);

test('files come as they were, one object for a file of two names, one tree for all runs', async () => {
  const overlay = { files, preopens: { '/': '/', '/w': '/deep' }, workingDirectory: '/deep' };
  const args = ['/app.wasm', 'own', 'more'];
  const { run } = await load(COMMAND, {
    wasi: { mode: 'bundle', source, overlay, args, fixed: 2, env: { A: 'b' } },
  });
  const seen: { overlay: typeof overlay; args: string[] }[] = [];
  for (let i = 0; i < 2; i++) run({ seen: (options: (typeof seen)[0]) => seen.push(options) });
  expect(seen[0]).toMatchObject({ overlay, args, env: { A: 'b' } });
  expect([...seen[0]!.overlay.files.entries.keys()]).toEqual([...files.entries.keys()]);
  const [one, two] = seen.map((options) => options.overlay.files);
  expect(one).toBe(two);
  const deep = one!.entries.get('deep') as OverlayDirectory;
  const inner = deep.entries.get('er') as OverlayDirectory;
  expect(inner.entries.get('hard')).toBe(one!.entries.get('with "quotes"\u2028'));
});

test('more than a script can hold is not supported', async () => {
  const large = folder([['zeros', { type: 'file', content: new Uint8Array(2 ** 27 + 1) }]]);
  const overlay = { files: large, preopens: { '/': '/' } };
  await expect(load(COMMAND, { wasi: { mode: 'bundle', source, overlay } })).rejects.toThrow(
    'files of more than 128 MiB in a script',
  );
});
