/** What the object and the compiler weigh in a page: bundled, minified, gzipped. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The bundle of one file of the built package, as a page gets it. */
async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}dist/${file}`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
  });
  return outputFiles[0]!.text;
}
const weigh = (text: string): number => gzipSync(text, { level: 9 }).length;

test('the object without a compiler: less than 15,000 bytes', async () => {
  const text = await bundle('index.js');
  expect(weigh(text)).toBeLessThan(15_000);
  expect(text).not.toMatch(/new Function|\beval\b/);
});

test('the compiler in a page: less than 120,000 bytes; `register` adds the cache to it and the object', async () => {
  // A platform without Node has no `node:` modules: esbuild would refuse to bundle an import of one.
  const compiler = weigh(await bundle('page-compiler.js'));
  expect(compiler).toBeLessThan(120_000);
  const object = weigh(await bundle('register-precompiled.js'));
  expect(weigh(await bundle('register.js')) - object - compiler).toBeLessThan(1500);
});
