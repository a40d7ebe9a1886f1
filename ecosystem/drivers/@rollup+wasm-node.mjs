import { rollup } from '@rollup/wasm-node';
import { show } from '../sample.mjs';

const files = {
  'main.js':
    "import { used, deep } from './lib.js'; import('./lazy.js').then(({ default: f }) => f(used + deep.a));",
  'lib.js':
    'export const used = 1; export const unused = heavy(); function heavy() { return { b: 2 } } export * as deep from "./deep.js";',
  'deep.js': 'export const a = 1, b = 2; export class C { static #p = 3; get p() { return C.#p } }',
  'lazy.js': 'export default async (x) => { for await (const y of [x]) console.log(y) }',
};
const virtual = {
  name: 'virtual',
  resolveId: (id) => id.replace('./', ''),
  load: (id) => files[id],
};
const bundle = await rollup({ input: 'main.js', plugins: [virtual] });
const { output } = await bundle.generate({ format: 'es', sourcemap: true });
for (const { fileName, code, map } of output)
  if (code) show(fileName.replace(/-.*/, ''), [code, map.mappings]);
await bundle.close();
files['lib.js'] = 'export const = 1';
show(
  'error',
  await rollup({ input: 'main.js', plugins: [virtual] }).catch(({ code, message }) => [
    code,
    message.split('\n')[0],
  ]),
);
