import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run the TypeScript sources directly, so that no stale build can hide a fault. */
const source = (name: string, file = 'index') =>
  fileURLToPath(new URL(`./packages/${name}/src/${file}.ts`, import.meta.url));

/** The realm and what the compiler has of the support library are made by the build. */
const realm = {
  name: 'realm',
  enforce: 'pre' as const,
  resolveId: (id: string, importer?: string) =>
    /^\.\.?\/(?:realm|texts|build-id)\.js$/.test(id) && importer?.includes('/webassembly/src/')
      ? fileURLToPath(
          new URL(`./packages/webassembly/dist/${id.split('/').at(-1)!}`, import.meta.url),
        )
      : undefined,
};

export default defineConfig({
  plugins: [realm],
  resolve: {
    alias: {
      '@wasm2js/webassembly/compiler': source('webassembly', 'compiler'),
      '@wasm2js/codegen/anywhere': source('codegen', 'anywhere'),
      '@wasm2js/codegen/runtime': source('codegen', 'runtime'),
      '@wasm2js/webassembly/precompiled': source('webassembly', 'precompiled'),
      '@wasm2js/cli/measure': source('cli', 'measure/index'),
      '@wasm2js/wasi-runtime/bundle': source('wasi-runtime', 'bundle'),
      '@wasm2js/wasi-runtime/preview3': source('wasi-runtime', 'preview3/index'),
      '@wasm2js/wasi-runtime/preview2': source('wasi-runtime', 'preview2/index'),
      '@wasm2js/wasi-runtime/memory': source('wasi-runtime', 'memory/index'),
      '@wasm2js/wasi-runtime/node': source('wasi-runtime', 'node/index'),
      ...Object.fromEntries(
        [
          'decoder',
          'validator',
          'codegen',
          'debug-info',
          'oci',
          'wasi-runtime',
          'webassembly',
          'component',
          'cli',
          'unplugin',
        ].map((name) => [`@wasm2js/${name}`, source(name)]),
      ),
    },
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'spec-tests/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'hosts/test/**/*.test.ts',
      'examples/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'playground/test/**/*.test.ts',
    ],
    // Most of a test's time is that of processes that it waits for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
