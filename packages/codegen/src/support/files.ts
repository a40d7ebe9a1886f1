/**
 * The support library as files: JavaScript with top-level declarations only. Parsing them takes longer than compiling a
 * small module, so the build keeps what the parser has found (`scripts/bundle-support.mjs`); where that is missing or of
 * other sources, acorn is asked again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node } from 'acorn';
import { EMITTED, type Parsed } from './library.js';
import { minify } from './minify.js';

/** The library as the build keeps it. */
export interface ParsedLibrary {
  /** Of what is kept and how texts are made; another one is not used. */
  version: number;
  /** Names of the files and their text, in the order of emission. */
  sources: [file: string, text: string][];
  declarations: Parsed[];
}

/** To be raised when `minify` or what is kept changes. */
const VERSION = 5;

/** In the order of emission: a file comes after those whose values its own initialisers use. */
const FIRST = ['registry.js', 'traps.js', 'types.js', 'memory.js', 'table.js'];

/**
 * Files of what only modules that are built ahead have: commands, data as text, other ways of loading; fuel; putting
 * instances back; typed arrays over memories; whole 64-bit words; objects of the
 * host, which are none of the `WebAssembly` object's; what that object registers itself.
 */
const AHEAD = new Set([
  'command.js',
  'threads.js',
  'data.js',
  'fuel.js',
  'hybrid.js',
  'image.js',
  'function-object.js',
  'memory-views.js',
  'native-objects.js',
  'promising.js',
  'reference-cells.js',
  'restore.js',
  'wide.js',
]);

/** The library's declarations in the order of emission. Throws an Error for a file that is not declarations only. */
export function libraryFiles(): Parsed[] {
  const sources = readSources();
  return kept(sources) ?? parseLibrary(sources).declarations;
}

/** The library's files in the order of emission. */
export function readSources(): ParsedLibrary['sources'] {
  const folder = new URL('../../support/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.js') && !FIRST.includes(name));
  return [...FIRST, ...files.sort()].map((file) => [
    file,
    readFileSync(new URL(file, folder), 'utf8'),
  ]);
}

/** What the build has kept of these sources. */
function kept(sources: ParsedLibrary['sources']): Parsed[] | undefined {
  let text: string;
  try {
    text = readFileSync(new URL('../../dist/support-library.json', import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
  const found = JSON.parse(text) as ParsedLibrary;
  const same =
    found.version === VERSION &&
    found.sources.length === sources.length &&
    sources.every(([file, source], i) => {
      const [other, theirs] = found.sources[i]!;
      return file === other && source === theirs;
    });
  return same ? found.declarations : undefined;
}

/** Parses the library. Throws an Error for a file that is not declarations only. */
export function parseLibrary(sources: ParsedLibrary['sources']): ParsedLibrary {
  const acorn = createRequire(import.meta.url)('acorn') as typeof import('acorn');
  const nodes = new Map<string, { node: Node; source: string; file: string }>();
  for (const [file, source] of sources) {
    const program = acorn.parse(source, { ecmaVersion: 2022, sourceType: 'script' });
    for (const node of program.body) {
      for (const name of declaredNames(node, file)) {
        if (nodes.has(name)) throw new Error(`support library: ${name} is declared twice`);
        nodes.set(name, { node, source, file });
      }
    }
  }
  const declarations = [...nodes].map(([name, { node, source, file }]): Parsed => {
    const uses = new Set<string>();
    collectNames(node, (used) => {
      if (used !== name && (nodes.has(used) || EMITTED.test(used))) uses.add(used);
    });
    const ahead = AHEAD.has(file) ? ({ ahead: true } as const) : {};
    return { name, text: minify(acorn, source, node), uses: [...uses], ...ahead };
  });
  return { version: VERSION, sources, declarations };
}

/** The name that a top-level declaration declares. */
function declaredNames(node: Node, file: string): string[] {
  const any = node as Node & {
    id?: { name: string };
    declarations?: { id: { name: string } }[];
  };
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration')
    return [any.id!.name];
  if (node.type === 'VariableDeclaration' && any.declarations!.length === 1) {
    return [any.declarations![0]!.id.name];
  }
  throw new Error(`support library: ${file} holds more than single declarations (${node.type})`);
}

/** Calls `found` with every identifier that may be a reference (not property names). */
function collectNames(node: Node, found: (name: string) => void): void {
  const any = node as unknown as Record<string, unknown>;
  if (node.type === 'Identifier') {
    found(any['name'] as string);
    return;
  }
  for (const key of Object.keys(any)) {
    const named = key === 'property' || key === 'key';
    if (named && any['computed'] === false && any['shorthand'] !== true) continue;
    const child = any[key];
    for (const item of Array.isArray(child) ? child : [child]) {
      if (item !== null && typeof item === 'object' && 'type' in item)
        collectNames(item as Node, found);
    }
  }
}
