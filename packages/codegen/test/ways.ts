/** What tests of objects share: the ways in which a module is built, and what a call comes to. */
import { evaluateBare, type Loaded, load, text } from './building.js';

/** What a call returns, or the message of its error. */
export const message = (run: () => unknown): string => {
  try {
    return `returned ${String(run())}`;
  } catch (error) {
    return (error as Error).message;
  }
};

/** Builds and loads a module: whole, in parts, where the host has no WebAssembly, for interpreters. */
export const WAYS: [string, (wat: string) => Promise<Loaded>][] = [
  ['whole', (wat) => load(wat)],
  ['split', (wat) => load(wat, { functionBudget: 60 })],
  ['bare', async (wat) => evaluateBare(await text(wat))],
  ['for interpreters', (wat) => load(wat, { optimizeFor: 'interpreter' })],
];
