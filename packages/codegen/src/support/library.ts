/**
 * The support library's declarations: a module carries those that something emitted names. Where they come from is said
 * by whoever starts: files that are parsed (`files.ts`), or what the build has made of these for hosts without a
 * file system (`src/library.ts`).
 */
import { AHEAD } from '../ahead.js';
import { helperName, shortName } from '../names.js';

/** A name of the library in a text of it. */
const WORD = /(?<![$\w]|(?<!\.\.)\.)_\w+/g;

/** One top-level declaration of the library, as it is kept. */
export interface Parsed {
  name: string;
  /** Its text, minified. */
  text: string;
  /** Names of other declarations, or of what the emitter defines, that it refers to. */
  uses: string[];
  /** Only modules that are built ahead have a use for it. */
  ahead?: true;
  /** It has no text: modules take it from the realm's object (`emit/realm.ts`). */
  isGiven?: boolean;
}

interface Declaration extends Parsed {
  /** Position in the library: the order of emission. */
  order: number;
}

/** What the emitter defines itself for every module that needs it: the result channel, its owner, the classes of memory views and of new memories. */
export const EMITTED = /^_(owner|View|NewMemory|[hdr]\d+)$/;

/**
 * Declarations from their texts alone, which is how hosts without a file system get them. What looks like the name of
 * another one is taken for a use of it.
 * @param texts minified, in the order of emission; a name alone for what is given
 */
export function declarationsOf(texts: readonly string[]): Parsed[] {
  const named = texts.map((text): Pick<Parsed, 'name' | 'text' | 'isGiven'> => {
    const declared = /^(?:async )?\w+[ *]+(\w+)/.exec(text);
    return declared === null
      ? { name: text, text: '', isGiven: true }
      : { name: declared[1]!, text };
  });
  const names = new Set(named.map(({ name }) => name));
  return named.map(({ name, text, isGiven = false }) => {
    const words = new Set(text.match(/\b[_A-Z]\w+/g));
    words.delete(name);
    const uses = [...words].filter((word) => names.has(word) || EMITTED.test(word));
    return { name, text, uses, isGiven };
  });
}

let give: (() => readonly Parsed[]) | undefined;
let isWhole = false;
let loaded: Map<string, Declaration> | undefined;

/**
 * Says where the library comes from, in the order of emission; asked when it is needed first.
 * @param whole does it have what only modules that are built ahead use? Such a one stays.
 */
export function provideLibrary(declarations: () => readonly Parsed[], whole = true): void {
  if (isWhole && !whole) return;
  isWhole = whole;
  give = declarations;
  loaded = undefined;
}

/** The declarations by name. Throws an Error where nobody has provided them. */
export function library(): Map<string, Declaration> {
  if (loaded !== undefined) return loaded;
  if (AHEAD && give === undefined) throw new Error('support library: none was provided');
  loaded = new Map(give!().map((item, order) => [item.name, { ...item, order }]));
  return loaded;
}

/** The names of all declarations that code made at run time may ask for. */
export const runtimeNames = (): string[] =>
  [...library().values()].filter(({ ahead }) => ahead === undefined).map(({ name }) => name);

/** Is this the name of a support helper? */
export function isHelper(name: string): boolean {
  return library().has(name);
}

/** Names of one letter, which others have. */
const ONE_LETTER = 52;

/** A short name of a helper, the same whenever it is asked for. */
export const shortHelper = (name: string): string =>
  `_${shortName(ONE_LETTER + library().get(name)!.order)}`;

/**
 * Everything that these helpers need, themselves included.
 * @param roots names of helpers
 * @returns the closure, with the names that the emitter has to define
 */
export function reachableHelpers(roots: Iterable<string>): Set<string> {
  const declarations = library();
  const reached = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const declaration = declarations.get(name);
    if (declaration !== undefined) pending.push(...declaration.uses);
    else if (AHEAD && !EMITTED.test(name))
      throw new Error(`support library: there is no helper ${name}`);
  }
  return reached;
}

/**
 * The text of helpers, in the library's order.
 * @param names a closed set, from `reachableHelpers`
 * @param asked those that other text names; the rest gets short names. Without it all keep theirs
 * @param given names of those that have others already
 */
export function printHelpers(
  names: Set<string>,
  asked = names,
  given: ReadonlyMap<string, string> = new Map(),
): string {
  const declarations = library();
  const sorted = [...names]
    .map((name) => declarations.get(name))
    .filter((declaration) => declaration !== undefined)
    .sort((a, b) => a.order - b.order);
  const realm = sorted.filter(({ isGiven }) => isGiven).map(({ name }) => name);
  const own = sorted.filter(({ isGiven }) => !isGiven);
  const all = AHEAD ? own.map(({ text }) => text).join('\n') : '';
  const short = new Map(given);
  const kept = own.filter(({ name, text }) => {
    if (!name.startsWith('_') || asked.has(name)) return true;
    const word = AHEAD ? /='(?!.*\\).*'$/.exec(text) : null;
    // A text that is named once stands where it is used.
    const once = word !== null && all.split(new RegExp(`(?<![$\\w])${name}\\b`)).length === 3;
    short.set(name, once ? word[0].slice(1) : (given.get(name) ?? helperName(short.size)));
    return !once;
  });
  const texts = kept.map(({ text }) => `${text.replace(WORD, (w) => short.get(w) ?? w)}\n`);
  return [realm.length > 0 ? `const{${realm}}=_realm\n` : '', ...texts].join('');
}
