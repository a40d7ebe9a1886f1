import esbuild from 'esbuild-wasm';
import { show } from '../sample.mjs';

// The whole compiler of Go in a process of its own, which node starts with this one's options.
const { code, warnings } = await esbuild.transform(
  'enum A { x = 1 << 3 } export const f = async (a?: A) => a ?? A.x; if (f === NaN) f()',
  {
    loader: 'ts',
    minify: true,
    target: 'es2017',
  },
);
show('code', code);
show(
  'warnings',
  warnings.map(({ text }) => text),
);
const failed = await esbuild.transform('let = ;').catch((error) => error);
show('error', failed.message);
await esbuild.stop();
