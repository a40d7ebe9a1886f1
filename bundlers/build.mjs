// Builds projects with one bundler: node build.mjs BUNDLER JOBS.json, where the jobs are { project, out, target, options }
// (of the plugin). Writes { file } or { error } for each in their place. A bundler is an entry of the table below; those
// called `…-site` make whole sites of a page, minified and without the plugin.
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bundler, list] = process.argv.slice(2);
let root;
let entry;
let outdir;
let target;
let options;
const plugin = async (name) => (await import(`@wasm2js/unplugin/${name}`)).default(options);

const webpackRun = async (run, config) => {
  const done = await new Promise((finish, fail) =>
    run({ context: root, mode: 'production', entry, devtool: false, ...config }, (error, stats) =>
      error ? fail(error) : finish(stats),
    ),
  );
  if (done.hasErrors()) throw new Error(done.toString({ all: false, errors: true }));
};

const webpackLike = (run, plugins) =>
  webpackRun(run, {
    target: target === 'node' ? 'node20' : ['web', 'es2022'],
    output: {
      path: outdir,
      filename: 'main.mjs',
      module: true,
      library: { type: 'module' },
      publicPath: 'auto',
    },
    experiments: { outputModule: true },
    optimization: { minimize: false },
    plugins,
  });

const bundlers = {
  async vite() {
    const vite = await import('vite');
    await vite.build({
      root,
      configFile: false,
      logLevel: 'error',
      base: './',
      plugins: [await plugin('vite')],
      build: {
        outDir: outdir,
        emptyOutDir: false,
        minify: false,
        assetsInlineLimit: 0,
        target: 'es2022',
        modulePreload: false,
        rolldownOptions: {
          input: entry,
          output: { entryFileNames: 'main.mjs', format: 'es' },
          preserveEntrySignatures: 'strict',
        },
      },
    });
  },
  async 'vite-site'() {
    const vite = await import('vite');
    const page = join(root, 'index.html');
    await vite.build({
      root,
      configFile: false,
      logLevel: 'error',
      base: './',
      build: { outDir: outdir, sourcemap: true, rolldownOptions: { input: page }, ...options },
    });
    return 'index.html';
  },
  async rollup() {
    const { rollup } = await import('rollup');
    const bundle = await rollup({
      input: entry,
      plugins: [await plugin('rollup')],
      onwarn: () => {},
    });
    await bundle.write({ dir: outdir, entryFileNames: 'main.mjs', format: 'es' });
  },
  async rolldown() {
    const { rolldown } = await import('rolldown');
    const bundle = await rolldown({
      input: entry,
      plugins: [await plugin('rolldown')],
      logLevel: 'silent',
    });
    await bundle.write({ dir: outdir, entryFileNames: 'main.mjs', format: 'es' });
  },
  async webpack() {
    const { default: webpack } = await import('webpack');
    await webpackLike(webpack, [await plugin('webpack')]);
  },
  async 'webpack-site'() {
    const { default: webpack } = await import('webpack');
    cpSync(join(root, 'index.html'), join(outdir, 'index.html'));
    cpSync(join(root, 'public'), outdir, { recursive: true });
    await webpackRun(webpack, {
      target: 'web',
      entry: join(root, 'site.js'),
      output: { path: outdir, filename: 'site.js' },
      experiments: { asyncWebAssembly: true },
      ...options,
    });
    return 'index.html';
  },
  async rspack() {
    const { rspack } = await import('@rspack/core');
    await webpackLike(rspack, [await plugin('rspack')]);
  },
  async esbuild() {
    const esbuild = await import('esbuild');
    await esbuild.build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      outdir,
      outExtension: { '.js': '.mjs' },
      plugins: [await plugin('esbuild')],
      logLevel: 'silent',
    });
  },
  async farm() {
    const farm = await import('@farmfe/core');
    await farm.build({
      root,
      configPath: '',
      compilation: {
        input: { main: entry },
        output: {
          path: outdir,
          targetEnv: 'node',
          format: 'esm',
          entryFilename: '[entryName].mjs',
          publicPath: './',
        },
        minify: false,
        persistentCache: false,
        presetEnv: false,
        treeShaking: false,
      },
      plugins: [await plugin('farm')],
    });
  },
  async metro() {
    const { default: Metro } = await import('metro');
    const { withWasm2js } = await import('@wasm2js/unplugin/metro');
    const modules = fileURLToPath(new URL('node_modules', import.meta.url));
    const defaults = await Metro.loadConfig(
      { projectRoot: root, resetCache: true },
      {
        projectRoot: root,
        watchFolders: [modules],
        // What React Native's preset does there: ES modules are lowered.
        transformer: {
          getTransformOptions: async () => ({
            transform: { experimentalImportSupport: true, inlineRequires: false },
          }),
        },
        resolver: { useWatchman: false, nodeModulesPaths: [modules] },
        maxWorkers: 1,
        reporter: { update() {} },
        cacheStores: [],
      },
    );
    await Metro.runBuild(withWasm2js(defaults, options), {
      entry: 'main.js',
      out: join(outdir, 'main'),
      dev: false,
      minify: false,
    });
    renameSync(join(outdir, 'main.js'), join(outdir, 'main.mjs'));
  },
  async bun() {
    const { Bun } = globalThis;
    const result = await Bun.build({
      entrypoints: [entry],
      outdir,
      naming: { entry: 'main.mjs', chunk: '[name]-[hash].mjs', asset: '[name]-[hash].[ext]' },
      splitting: true,
      format: 'esm',
      target: target === 'node' ? 'node' : 'browser',
      plugins: [await plugin('bun')],
    });
    if (!result.success) throw new AggregateError(result.logs, 'Bun.build');
  },
};

/** Builds one project; gives the path of the bundle or what is wrong. */
async function build(job) {
  ({ target = 'node', options = {} } = job);
  root = resolve(job.project);
  entry = join(root, 'main.js');
  outdir = resolve(job.out);
  mkdirSync(outdir, { recursive: true });
  process.chdir(root);
  try {
    const file = (await bundlers[bundler]()) ?? 'main.mjs';
    return { file: join(outdir, file) };
  } catch (error) {
    return { error: `${error.message ?? error}\n${(error.errors ?? []).join('\n')}` };
  }
}

const results = [];
for (const job of JSON.parse(readFileSync(list, 'utf8'))) results.push(await build(job));
writeFileSync(list, JSON.stringify(results));
process.exit(0);
