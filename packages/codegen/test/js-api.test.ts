/** The JavaScript API of compiled modules behaves as the host's own WebAssembly. */
import { createContext, runInContext } from 'node:vm';
import { parse } from '@bytecodealliance/jco';
import { beforeAll, expect, test } from 'vitest';
import { evaluate, type Loaded } from './building.js';
import { type Api, KNOWN, MODULES } from './js-api/modules.js';
import { compiled, outcomes, outcomesText } from './js-api/operations.js';

/** The host's own. */
async function nativeApi(): Promise<Api> {
  const modules = new Map<string, WebAssembly.Module>();
  for (const [name, wat] of Object.entries(MODULES))
    modules.set(name, new WebAssembly.Module(new Uint8Array(await parse(wat))));
  const make = (name: string, ...imports: unknown[]) =>
    new WebAssembly.Instance(modules.get(name)!, ...(imports as [WebAssembly.Imports])).exports;
  return { W: WebAssembly, make };
}

const apiOf = (modules: Loaded): Api => ({
  W: modules.W,
  make: (name, ...imports) => modules[name](...imports),
});

let expected: Map<string, string>;
let source: string;
beforeAll(async () => {
  expected = new Map(outcomes(await nativeApi()));
  source = await compiled();
});

/** Operations whose outcome is another one than the host's, but for those that the list names. */
const differences = (found: [string, string][], known: readonly RegExp[]): string[] => {
  expect(found.map(([name]) => name)).toEqual([...expected.keys()]);
  return found
    .filter(([name, outcome]) => outcome !== expected.get(name))
    .map(([name, outcome]) => `${name}: ${expected.get(name)}, here ${outcome}`)
    .filter((line) => !known.some((pattern) => pattern.test(line)));
};

test('every operation has the outcome that the host’s own WebAssembly has', () => {
  expect(expected.size).toBeGreaterThan(5500);
  expect(differences(outcomes(apiOf(evaluate(source))), KNOWN.v8)).toEqual([]);
});

test('the same in a realm without WebAssembly', () => {
  const realm = createContext({ structuredClone });
  runInContext('delete globalThis.WebAssembly', realm);
  const run = runInContext(
    `(() => { const modules=${source}; return (${outcomesText})({ W: modules.W, make: (name, ...imports) => modules[name](...imports) }) })()`,
    realm,
  );
  const found = [...run].map(([name, outcome]: [string, string]): [string, string] => [
    name,
    outcome,
  ]);
  expect(differences(found, KNOWN.v8)).toEqual([]);
});
