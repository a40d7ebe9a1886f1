/** The shape of the source: no imports in circles, and the rooms of `lower/` in the order data flows. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const lower = 'packages/codegen/src/lower';

/** Rooms of `lower/`; a file imports from its own room or from those before it. */
const ROOMS = ['ir', 'analyses', 'facts', 'build', 'passes', 'print'];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(folder, file));
}

const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`);
const files = [...folders, 'spec-tests/src', 'bench/src'].flatMap(sources);
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const found = [...text.matchAll(/(?:from|import) '(\.[^']+)\.js'/g)];
    return [file, found.map(([, path]) => normalize(join(dirname(file), `${path}.ts`)))];
  }),
);

test('no file imports itself through others', () => {
  const done = new Set<string>();
  const visit = (file: string, way: string[]): void => {
    expect(way, `${[...way, file].join(' → ')}`).not.toContain(file);
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  expect(files.length).toBeGreaterThan(200);
  for (const file of files) visit(file, []);
});

test('rooms of the lowering import in the direction of the data', () => {
  const roomOf = (file: string) => ROOMS.indexOf(relative(lower, file).split('/')[0]!);
  const inside = files.filter((file) => file.startsWith(`${lower}/`));
  for (const file of inside) {
    const room = roomOf(file);
    if (file !== `${lower}/index.ts`) expect(room, file).toBeGreaterThanOrEqual(0);
    for (const next of imports.get(file)!)
      if (next.startsWith(`${lower}/`) && room >= 0)
        expect(roomOf(next), `${file} imports ${next}`).toBeLessThanOrEqual(room);
  }
});

test('variables that passes make have names of their own', () => {
  // Two of one name in a function would be declared once.
  const owners = new Map<string, Set<string>>();
  for (const name of sources(lower)) {
    const text = readFileSync(join(root, name), 'utf8');
    for (const [, a, b] of text.matchAll(/Variable\(\s*(?:`([a-z]+)\$|'([a-z]+)\d)/g)) {
      const prefix = a ?? b!;
      owners.set(prefix, (owners.get(prefix) ?? new Set()).add(name));
    }
  }
  expect(owners.size).toBeGreaterThan(6);
  expect([...owners].filter(([, files]) => files.size > 1)).toEqual([]);
});

test('names of variables begin differently in every file that makes some', () => {
  const makers = new Map<string, string>();
  for (const file of sources(lower)) {
    const text = readFileSync(join(root, file), 'utf8');
    const made = text.matchAll(/(?:new Variable\(|const name = )[`']([a-z]+)(?=[\d$])/g);
    const split = text.matchAll(/splitVariables\([^;]*?'([a-z]+)',?\s*\);/g);
    for (const [, prefix] of [...made, ...split]) {
      expect([prefix, makers.get(prefix!) ?? file]).toEqual([prefix, file]);
      makers.set(prefix!, file);
    }
  }
  expect([...makers.keys()].sort()).toEqual(expect.arrayContaining(['t', 'v', 'w', 'x', 'y']));
});
