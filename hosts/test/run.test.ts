/** The matrix tells right from wrong, slow and absent, and goes on after a host that died. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checksText, type Program } from '../src/programs.js';
import { runHost } from '../src/run.js';
import { type Host, hosts } from '../src/table.js';

const folder = mkdtempSync(join(tmpdir(), 'hosts-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const own = (): string => {
  const path = join(folder, String(count++));
  mkdirSync(path);
  return path;
};
const host: Host = { name: 'own', kind: 'script', command: [process.execPath], from: '' };
const program = (name: string, call: string, expected = '1'): Program => ({
  name,
  text: `var $${name} = 1;`,
  call,
  expected,
});

test('right and wrong results, errors', async () => {
  const all = [
    program('right', 'String($right)'),
    program('wrong', "'2'"),
    program('error', "(function () { throw new TypeError('no') })()"),
    program('last', "'1'"),
  ];
  const results = await runHost(host, all, own(), 20_000);
  expect([...results].map(([name, { state, detail }]) => [name, state, detail])).toEqual([
    ['right', 'ok', undefined],
    ['wrong', 'wrong', '2'],
    ['error', 'wrong', 'error TypeError: no'],
    ['last', 'ok', undefined],
  ]);
});

test('a host that dies is wrong there, and goes on with the rest', async () => {
  const all = [
    program('right', "'1'"),
    program('death', "(function () { console.error('why'); process.exit(3) })()"),
    program('last', "'1'"),
  ];
  const results = await runHost(host, all, own(), 20_000);
  expect(results.get('right')!.state).toBe('ok');
  expect(results.get('death')).toMatchObject({ state: 'wrong', detail: 'the host ended: why' });
  expect(results.get('last')!.state).toBe('ok');
});

test('a host that cannot even read the text is wrong everywhere', async () => {
  const all = [program('one', "'1' +"), program('two', "'1'")];
  const results = await runHost(host, all, own(), 20_000);
  expect([...results.values()].map(({ state }) => state)).toEqual(['wrong', 'wrong']);
});

test('what takes too long is slow', async () => {
  const all = [program('right', "'1'"), program('slow', '(function () { for (;;); })()')];
  const results = await runHost(host, all, own(), 2000);
  expect([...results.values()].map(({ state }) => state)).toEqual(['ok', 'slow']);
});

test('what is not installed is absent', async () => {
  const missing = { ...host, command: undefined };
  const results = await runHost(missing, [program('one', "'1'")], own(), 1000);
  expect(results.get('one')).toEqual({ state: 'absent' });
});

test('every host has a name of its own; this Node is among them', () => {
  const rows = hosts();
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  expect(rows.some(({ command }) => command?.[0] === process.execPath)).toBe(true);
});

test('the text leaves out what has been done', () => {
  const all = [program('one', "'1'"), program('two', "'1'")];
  const text = checksText(all, new Set(['one']));
  expect(text).not.toContain('$one');
  expect(text).toContain('$two');
});
