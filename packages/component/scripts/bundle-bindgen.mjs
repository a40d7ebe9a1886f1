// Puts js-component-bindgen, the part of jco that makes the canonical ABI's JavaScript, into dist/bindgen-bundle.js: its glue, its two
// core modules compressed, and our WASI 0.2 in place of jco's shim. So a component needs no further package to be built (jco and
// what it depends on are several hundred megabytes). Run after the TypeScript build.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const jco = createRequire(import.meta.url).resolve('@bytecodealliance/jco/component');
const transpile = createRequire(jco).resolve('@bytecodealliance/jco-transpile/component');
const folder = new URL('.', pathToFileURL(transpile));
const { version } = JSON.parse(readFileSync(new URL('../package.json', folder), 'utf8'));
const dist = new URL('../dist/', import.meta.url);
mkdirSync(dist, { recursive: true });

/** The interfaces of WASI that each module of jco's shim exports, under the names it has for them. */
const SHIM = {
  cli: ['environment', 'exit', 'stderr', 'stdin', 'stdout'].concat([
    'terminal-input',
    'terminal-output',
    'terminal-stderr',
    'terminal-stdin',
    'terminal-stdout',
  ]),
  clocks: ['monotonic-clock', 'wall-clock'],
  filesystem: ['preopens', 'types'],
  io: ['error', 'poll', 'streams'],
  random: ['random'],
};

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

const ownWasi = {
  name: 'own WASI',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@bytecodealliance\/preview2-shim\// }, ({ path }) => ({
      path: path.replace(/.*\//, ''),
      namespace: 'wasi',
    }));
    onLoad({ filter: /./, namespace: 'wasi' }, ({ path }) => ({
      contents: [
        "import { WASI } from '@wasm2js/wasi-runtime/preview2';",
        "const wasi = new WASI({ stdin: '' }).getImportObject();",
        ...SHIM[path].map(
          (name) => `export const ${camelCase(name)} = wasi['wasi:${path}/${name}'];`,
        ),
      ].join('\n'),
      resolveDir: fileURLToPath(folder),
    }));
    onLoad({ filter: /js-component-bindgen-component\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const own = text.replace(
        /async function fetchCompile \(url\) \{/,
        '$&\n  return compileCore(url);',
      );
      if (own === text) throw new Error('jco fetches its core modules in another way');
      const fetched = own.replace(
        /fetchCompile\(new URL\('\.\/([^']*)', import\.meta\.url\)\)/g,
        "fetchCompile('$1')",
      );
      return { contents: `import { compileCore } from 'cores';\n${fetched}` };
    });
    onResolve({ filter: /^cores$/ }, () => ({ path: 'cores', namespace: 'cores' }));
    onLoad({ filter: /./, namespace: 'cores' }, () => ({ contents: cores() }));
  },
};

/** A module that compiles the core modules. */
const cores = () => {
  const names = ['core', 'core2'].map((name) => `js-component-bindgen-component.${name}.wasm`);
  const entries = names.map((name) => {
    const bytes = readFileSync(new URL(name, folder));
    const compressed = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 10,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    return `${JSON.stringify(name)}: '${compressed.toString('base64')}'`;
  });
  return `import { brotliDecompressSync } from 'node:zlib';
const texts = { ${entries.join(', ')} };
export const compileCore = (name) => WebAssembly.compile(brotliDecompressSync(Buffer.from(texts[name], 'base64')));
`;
};

const { outputFiles } = await build({
  stdin: {
    contents: "export { $init, generate } from './js-component-bindgen-component.js';",
    resolveDir: fileURLToPath(folder),
  },
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  platform: 'node',
  external: ['@wasm2js/wasi-runtime/preview2'],
  plugins: [ownWasi],
  legalComments: 'none',
});
const [{ text }] = outputFiles;
writeFileSync(
  new URL('bindgen-bundle.js', dist),
  `// js-component-bindgen of the Bytecode Alliance, as shipped in @bytecodealliance/jco-transpile ${version}.
// License: Apache-2.0 WITH LLVM-exception, https://github.com/bytecodealliance/jco/blob/main/LICENSE
${text}`,
);
console.log(`bindgen: ${text.length} bytes`);
