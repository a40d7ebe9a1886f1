/** The transformer that Metro loads in its workers: `.wasm` files become modules, everything goes to the one behind. */

import crypto = require('node:crypto');
import fs = require('node:fs');
import path = require('node:path');

interface Input {
  filename: string;
  src: string;
  options: { projectRoot: string };
}
interface Transformer {
  transform(input: Input): unknown;
  getCacheKey?(...args: unknown[]): string;
}

/** The transformer behind, by a path or a name that Metro's worker knows. */
const upstream = (): Transformer => {
  const told = JSON.parse(process.env['WASM2JS_METRO'] ?? '{}') as { upstream: string };
  return (module.parent ?? module).require(told.upstream) as Transformer;
};

/** A module or a `.wasm` file to what Metro goes on with. */
const transform = async (input: Input): Promise<unknown> => {
  const { filename, options } = input;
  if (!filename.endsWith('.wasm')) return upstream().transform(input);
  const { metroModule } = await import('./metro.js');
  const src = await metroModule(path.resolve(options.projectRoot, filename), options.projectRoot);
  // The one behind must not take the name for one that it knows.
  return upstream().transform({ ...input, src, filename: `${filename}.js` });
};

/** Changes with the options and with this package. */
const getCacheKey = (...args: unknown[]): string => {
  const hash = crypto.createHash('sha256').update(process.env['WASM2JS_METRO'] ?? '');
  hash.update(fs.readFileSync(path.join(__dirname, '../package.json')));
  return hash.update(upstream().getCacheKey?.(...args) ?? '').digest('hex');
};

export = { transform, getCacheKey };
