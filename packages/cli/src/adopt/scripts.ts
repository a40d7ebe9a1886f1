/**
 * Scripts: gets the text of one, says whether it is a module and which workers it starts, gives it with a first line
 * that loads what stands in for WebAssembly. Directives (`'use strict'`) and a first line for a shell stay first.
 */
import { type Node, type Options, parse } from 'acorn';

/** A script as far as its first line depends on it. */
export interface Script {
  isModule: boolean;
  /** Where its first statement can be put: behind a line for a shell and directives. */
  start: number;
}

const OPTIONS: Options = {
  ecmaVersion: 'latest',
  allowHashBang: true,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
};
const MODULE_STATEMENTS = /^(?:Import|Export)/;

interface Program extends Node {
  body: (Node & { directive?: string })[];
}

/** Reads a script. @returns undefined for what is no JavaScript */
export function readScript(text: string, path: string): Script | undefined {
  const parsed = (sourceType: 'script' | 'module'): Program | undefined => {
    try {
      return parse(text, { ...OPTIONS, sourceType }) as unknown as Program;
    } catch {
      return undefined;
    }
  };
  const script = path.endsWith('.mjs') ? undefined : parsed('script');
  const program = script ?? (path.endsWith('.cjs') ? undefined : parsed('module'));
  if (program === undefined) return undefined;
  const isModule =
    script === undefined || program.body.some(({ type }) => MODULE_STATEMENTS.test(type));
  const shell = /^#!.*/.exec(text)?.[0].length ?? 0;
  const directives = program.body.filter(({ directive }) => directive !== undefined);
  return { isModule, start: directives.at(-1)?.end ?? shell };
}

/** How workers are started, as it stands in scripts of people and of bundlers. */
const WORKERS =
  /(?:\b(?:Shared)?Worker\s*\(\s*(?:\/\*.*?\*\/\s*)*(?:new\s+URL\s*\(\s*)?|serviceWorker\s*\.\s*register\s*\(\s*|\bimportScripts\s*\(\s*)(["'`])([^"'`\n$]+)\1/g;

/** The rest of a call that starts a worker as a module. */
const AS_MODULE = /^[^;]{0,120}?\btype["']?\s*:\s*["'`]module["'`]/;

/** The addresses of the workers, and scripts of workers, that a text names; those that are started as modules. */
export const workersIn = (text: string): { address: string; isModule: boolean }[] =>
  [...text.matchAll(WORKERS)].map((found) => ({
    address: found[2]!,
    isModule: AS_MODULE.test(text.slice(found.index + found[0].length).slice(0, 160)),
  }));

/** Does a script look as if it were a worker's first one? */
export const looksLikeWorker = (text: string): boolean =>
  /\bimportScripts\b|\bself\.onmessage\b|\bonmessage\s*=|addEventListener\(\s*["'`](?:message|fetch|install)["'`]/.test(
    text,
  );

/**
 * The script with its first line.
 * @param folder where the scripts of `adopt` are, relative to this one, as `../wasm2js/`
 * @param worker may it be the first script of a worker, and of one that is started as a module?
 * @returns the text; by how many lines the rest of it has moved
 */
export function withFirstLine(
  text: string,
  { isModule, start }: Script,
  folder: string,
  worker: 'classic' | 'module' | undefined,
): { text: string; lines: number } {
  const path = folder.startsWith('.') ? folder : `./${folder}`;
  const where = JSON.stringify(path);
  const node = `typeof process=="object"&&typeof require=="function"&&typeof module=="object"&&typeof document=="undefined"&&require(${JSON.stringify(`${path}boot.js`)});`;
  // In a module worker there is an `importScripts` that only throws.
  const first = `if(typeof importScripts=="function"&&typeof document=="undefined"&&!self.wasm2jsFolder)try{self.wasm2jsFolder=${where};importScripts(${JSON.stringify(`${path}boot.js`)})}catch{}`;
  const line =
    isModule || worker === 'module'
      ? `import ${JSON.stringify(`${path}boot.mjs`)};`
      : `${worker === 'classic' ? first : ''}${node}`;
  const ending = start === 0 ? '\n' : '';
  const before = text.slice(0, start);
  const joint = start === 0 ? '' : before.startsWith('#!') && !before.includes('\n') ? '\n' : ';';
  return {
    text: before + joint + line + ending + text.slice(start),
    lines: start === 0 ? 1 : joint === '\n' ? 1 : 0,
  };
}
