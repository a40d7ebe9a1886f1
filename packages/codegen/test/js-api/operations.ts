/**
 * Operations on modules and on the classes of the JavaScript API, and what comes of each: run once on
 * the host's own WebAssembly and once on compiled modules, the two lists must be equal.
 */
import { text } from '../building.js';
import { classes } from './classes.js';
import { functions } from './functions.js';
import { instances } from './instances.js';
import { type Api, MODULES, REALM } from './modules.js';
import { tools } from './tools.js';

/** Runs all operations; gives pairs of an operation and what came of it. */
export function outcomes(api: Api): [string, string][] {
  const own = tools(api);
  classes(api, own);
  functions(api, own);
  instances(api, own);
  return own.list;
}

/** The text of an expression: `outcomes`, for another host. */
export const outcomesText = `(api => {'use strict';
${[tools, classes, functions, instances].join('\n')}
const own = tools(api);
classes(api, own);
functions(api, own);
instances(api, own);
return own.list})`;

/** Text of an object with `instantiate` of every module, and `W`, the classes. */
export async function compiled(): Promise<string> {
  const parts = [`W:${await text(REALM)}.instantiate`];
  for (const [name, wat] of Object.entries(MODULES))
    parts.push(`${name}:${await text(wat, { namedExports: false })}.instantiate`);
  return `({${parts}})`;
}
