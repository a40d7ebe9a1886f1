/**
 * Importers of `.wasm` files: finds what they write and puts imports that every bundler understands in its place.
 * Gets the text of a module, gives edits; what it does not know stays as it is, and is the bundler's to judge.
 */

import { init, parse } from 'es-module-lexer';

/** A piece of an importer to be replaced. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** What an importer does with a `.wasm`. */
export interface Use {
  /** As it is written, without query. */
  specifier: string;
  query: string;
  kind: 'static' | 'dynamic' | 'source' | 'url';
  /** Names that a static import takes; undefined where all may be used. */
  names: string[] | undefined;
  /** The statement or expression. */
  start: number;
  end: number;
  /** The specifier with its quotes. */
  at: { start: number; end: number };
  /** `source`: the name of a static import. */
  local?: string;
}

const WASM = /^([^?#]*\.wasm)(\?[^#]*)?$/;
const STRING = String.raw`(?:"[^"\n]*"|'[^'\n]*')`;
const NEW_URL = new RegExp(
  String.raw`\bnew\s+URL\s*\(\s*(${STRING})\s*,\s*(?:""\s*\+\s*)?import\.meta\.url\s*,?\s*\)`,
  'g',
);
const SOURCE = new RegExp(String.raw`\bimport\s+source\s+([\w$]+)\s+from\s*(${STRING})`, 'g');
const DYNAMIC_SOURCE = new RegExp(String.raw`\bimport\s*\.\s*source\s*\(\s*(${STRING})\s*\)`, 'g');

/** The clause of an import of types alone, of which nothing is left. */
const TYPES = /^\s*type\s+[\w${*]/;

/** Names that are taken of a dynamic import, as far as the text around it tells. */
function namesAround(code: string, start: number, end: number): string[] | undefined {
  const behind =
    /^\s*\)?\s*\.\s*(?:default\b|then\s*\(\s*(?:\(?\s*\{\s*default\s*[:,}]|\(?\s*(\w+)\s*\)?\s*=>\s*\1\.default\b))/;
  const before = /\{\s*default\s*:[^{}]*\}\s*=\s*(?:await\s+)?\(?\s*$/;
  const taken =
    behind.test(code.slice(end, end + 200)) || before.test(code.slice(0, start).slice(-200));
  return taken ? ['default'] : undefined;
}

/** Names of a static import clause, or undefined for a namespace. */
function namesOf(clause: string): string[] | undefined {
  if (/\*/.test(clause)) return undefined;
  const names: string[] = [];
  const inner = /\{([\s\S]*)\}/.exec(clause)?.[1];
  if (/^[\w$]/.test(clause.trim())) names.push('default');
  for (const item of inner?.split(',') ?? []) {
    const [, name] = /^\s*(?:type\s+)?([\w$]+|"[^"]*"|'[^']*')/.exec(item) ?? [];
    if (name !== undefined) names.push(name.replace(/^["']|["']$/g, ''));
  }
  return names;
}

/**
 * All uses of `.wasm` files in a module.
 * @param code JavaScript; of TypeScript and JSX, which the lexer does not read, what patterns find
 */
export async function findUses(code: string): Promise<Use[]> {
  await init;
  const uses: Use[] = [];
  const add = (
    quoted: { start: number; end: number },
    use: Omit<Use, 'specifier' | 'query' | 'at'>,
  ): void => {
    const [, specifier, query = ''] = WASM.exec(code.slice(quoted.start + 1, quoted.end - 1)) ?? [];
    if (specifier === undefined) return;
    if (uses.some(({ start }) => start === use.start)) return;
    uses.push({ specifier, query, at: quoted, ...use });
  };
  let comments: [start: number, end: number][] = [];
  try {
    const [imports] = parse(code);
    for (const { t, s, e, ss, se, d } of imports) {
      const dynamic = d > -1;
      const quoted = dynamic ? { start: s, end: e } : { start: s - 1, end: e + 1 };
      const statement = code.slice(ss, se);
      if (dynamic && !/^["']/.test(code[s] ?? '')) continue;
      // The lexer takes `import source from from 'x'` for a default import.
      const local = /^import\s+source\s+([\w$]+)\s+from\s*["']/.exec(statement)?.[1];
      if (t === 4 || t === 5 || local !== undefined) {
        const use = { kind: 'source', names: undefined, start: ss, end: se } as const;
        add(quoted, local === undefined ? use : { ...use, local });
      } else if (t === 2) {
        add(quoted, { kind: 'dynamic', names: namesAround(code, ss, se), start: ss, end: se });
      } else if (t === 1) {
        const clause = /^import([\s\S]*?)from\s*["']/.exec(statement)?.[1];
        if (clause !== undefined && TYPES.test(clause)) continue;
        const names = clause === undefined ? [] : namesOf(clause);
        const all = /^export/.test(statement);
        add(quoted, { kind: 'static', names: all ? undefined : names, start: ss, end: se });
      }
    }
  } catch {
    comments = [...code.matchAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm)].map((found) => [
      found.index,
      found.index + found[0].length,
    ]);
    for (const found of code.matchAll(SOURCE)) {
      const end = found.index + found[0].length;
      const quoted = { start: end - found[2]!.length, end };
      add(quoted, { kind: 'source', names: undefined, start: found.index, end, local: found[1]! });
    }
    for (const found of code.matchAll(DYNAMIC_SOURCE)) {
      const start = code.indexOf(found[1]!, found.index);
      const quoted = { start, end: start + found[1]!.length };
      const end = found.index + found[0].length;
      add(quoted, { kind: 'source', names: undefined, start: found.index, end });
    }
    const statics = new RegExp(String.raw`^\s*import\s+([^'"();]*?)\s*from\s*(${STRING})`, 'gm');
    for (const found of code.matchAll(statics)) {
      if (TYPES.test(found[1]!) || /^source\s+[\w$]/.test(found[1]!)) continue;
      const end = found.index + found[0].length;
      const quoted = { start: end - found[2]!.length, end };
      const start = found.index + found[0].search(/\S/);
      add(quoted, { kind: 'static', names: namesOf(found[1]!), start, end });
    }
    for (const found of code.matchAll(
      new RegExp(String.raw`\bimport\s*\(\s*(${STRING})\s*\)`, 'g'),
    )) {
      const start = code.indexOf(found[1]!, found.index);
      const quoted = { start, end: start + found[1]!.length };
      const end = found.index + found[0].length;
      const names = namesAround(code, found.index, end);
      add(quoted, { kind: 'dynamic', names, start: found.index, end });
    }
  }
  for (const found of code.matchAll(NEW_URL)) {
    const start = code.indexOf(found[1]!, found.index);
    const quoted = { start, end: start + found[1]!.length };
    const end = found.index + found[0].length;
    add(quoted, { kind: 'url', names: [], start: found.index, end });
  }
  return uses.filter(({ start }) => !comments.some(([from, to]) => start >= from && start < to));
}
