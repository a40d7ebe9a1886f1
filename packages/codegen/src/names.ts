/**
 * Identifiers of the emitted module: functions named after the name section, and property keys.
 */
import type { Module } from '@wasm2js/decoder';
import { AHEAD } from './ahead.js';

/** Longest part of a wasm name that an identifier keeps. */
const LONGEST_NAME = 100;

/**
 * A JavaScript identifier for every function: `$` and its sanitised name, or its index.
 * @param module its name section is used
 * @param minify short names instead
 * @returns identifiers by function index, all different; the same for the same input
 */
export function functionNames(module: Module, minify: boolean): string[] {
  const count = module.funcTypes.length;
  if (AHEAD && minify) return Array.from({ length: count }, (_, index) => `$${index.toString(36)}`);
  const taken = new Set<string>();
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const given = module.names?.funcs.get(index);
    const base = `$${given ? given.replace(/[^A-Za-z0-9_$]/gu, '_').slice(0, LONGEST_NAME) : index}`;
    let name = base;
    // A function that makes tail calls has its body under a second name.
    for (let n = index; taken.has(name) || taken.has(`${name}$b`); n++) name = `${base}_${n}`;
    taken.add(name).add(`${name}$b`);
    names.push(name);
  }
  return names;
}

/**
 * A JavaScript string literal of any text; safe in scripts of any kind, also within HTML, where `</script`
 * would end a script and `<!--` change how it is read.
 */
export function quote(text: string): string {
  return JSON.stringify(text)
    .replace(/[\u2028\u2029\ufeff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
    .replace(/<(?=[/!])|(?<=--)>/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}

/** A property name, or the name of an export: quoted where it must be. */
export function propertyKey(text: string): string {
  return isIdentifierName(text) && text !== '__proto__' ? text : quote(text);
}

/** Is this text an identifier that needs no quotes as a property name? */
export function isIdentifierName(text: string): boolean {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(text);
}

/** Words that cannot name a variable of a script or of a module, strict or not. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval ' +
    'export extends false finally for function if implements import in instanceof interface let new ' +
    'null package private protected public return static super switch this throw true try typeof ' +
    'undefined var void while with yield'
  ).split(' '),
);

/** Can a variable have this name (ECMAScript, "BindingIdentifier", in strict code)? */
export function isBindingName(text: string): boolean {
  return (
    /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(text) && !RESERVED_WORDS.has(text)
  );
}

/** Letters that nothing but helpers is called by in scripts; the library's own variables are not (`support/minify.ts`). */
export const HELPER_LETTERS = 'ZYXVUTSRQPONJIHGKLED';

/**
 * The n-th name of a helper that gets a short one: a letter, then numbers.
 * @param lettered may it be a letter? Not where functions of the instance have those (`accessors.ts`)
 */
export const helperName = (n: number, lettered = true): string =>
  AHEAD && lettered && n < HELPER_LETTERS.length ? HELPER_LETTERS[n]! : `_${n}`;

/** Functions of `Math` that every other statement may call, and their variables. */
const SHORT_MATH: Readonly<Record<string, string>> = { fround: '_f', imul: '_i', clz32: '_c' };

/** The variable of a function of `Math`, where bodies name these by variables. */
export const mathName = (name: string): string => SHORT_MATH[name] ?? `_Math_${name}`;

/** The function of `Math` that a variable has; undefined for any other variable. */
export const mathOf = (variable: string): string | undefined =>
  variable.startsWith('_')
    ? (/^_Math_(\w+)$/.exec(variable)?.[1] ??
      Object.keys(SHORT_MATH).find((name) => SHORT_MATH[name] === variable))
    : undefined;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Names that must not be given: words of the language, and globals that bodies mention. */
const TAKEN = new Set(['do', 'if', 'in', 'of', 'as', 'for', 'let', 'new', 'try', 'var', 'NaN']);

/** Names by number; grows on demand. `m` is left to the view of the memory. */
const NAMES: string[] = [];

/** The n-th short name: letters only, all different, none a word of the language. */
export function shortName(n: number): string {
  while (NAMES.length <= n) {
    let text = '';
    for (let rest = made++; rest >= 0; rest = Math.floor(rest / LETTERS.length) - 1)
      text = LETTERS[rest % LETTERS.length]! + text;
    if (text !== 'm' && !TAKEN.has(text)) NAMES.push(text);
  }
  return NAMES[n]!;
}
let made = 0;
