// Watches a project with a bundler: node watch.mjs BUNDLER PROJECT OUT. Prints `built` after each build, `failed: …` for one that
// fails, until it is ended. `vite` serves instead, prints the address, and each line that the page posts to /line.
import { join, resolve } from 'node:path';

const [bundler, project, out] = process.argv.slice(2);
const root = resolve(project);
const entry = join(root, 'main.js');
const outdir = resolve(out);
process.chdir(root);
const plugin = async (name) => (await import(`@wasm2js/unplugin/${name}`)).default();
const built = (error) => console.log(error ? `failed: ${error.message ?? error}` : 'built');

const webpackLike = (run, plugins) =>
  run({
    context: root,
    mode: 'development',
    target: 'node20',
    entry,
    devtool: false,
    output: { path: outdir, filename: 'main.mjs', module: true },
    experiments: { outputModule: true },
    plugins,
  }).watch({ aggregateTimeout: 20 }, (error, stats) =>
    built(error ?? (stats.hasErrors() ? stats.toString({ all: false, errors: true }) : undefined)),
  );

const rollupLike = (watch, plugins) =>
  watch({
    input: entry,
    plugins,
    output: { dir: outdir, entryFileNames: 'main.mjs', format: 'es' },
  }).on('event', ({ code, error, result }) => {
    if (code === 'ERROR') built(error);
    if (code === 'END') built();
    result?.close();
  });

const bundlers = {
  async webpack() {
    webpackLike((await import('webpack')).default, [await plugin('webpack')]);
  },
  async rspack() {
    webpackLike((await import('@rspack/core')).rspack, [await plugin('rspack')]);
  },
  async rollup() {
    rollupLike((await import('rollup')).watch, [await plugin('rollup')]);
  },
  async rolldown() {
    rollupLike((await import('rolldown')).watch, [await plugin('rolldown')]);
  },
  async esbuild() {
    const esbuild = await import('esbuild');
    const telling = {
      name: 'telling',
      setup: (build) =>
        build.onEnd(({ errors }) => built(errors[0] && { message: errors[0].text })),
    };
    const context = await esbuild.context({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir,
      outExtension: { '.js': '.mjs' },
      plugins: [await plugin('esbuild'), telling],
      logLevel: 'silent',
    });
    await context.watch();
  },
  async vite() {
    const { createServer } = await import('vite');
    const lines = {
      name: 'lines',
      configureServer: ({ middlewares }) => {
        middlewares.use('/line', (request, response) => {
          let line = '';
          request.setEncoding('utf8').on('data', (chunk) => {
            line += chunk;
          });
          request.on('end', () => {
            console.log(line);
            response.end();
          });
        });
      },
    };
    const server = await createServer({
      root,
      configFile: false,
      logLevel: 'silent',
      // The plugin is a link to the repository here, outside of the project.
      server: { host: '127.0.0.1', port: 0, fs: { strict: false } },
      plugins: [await plugin('vite'), lines],
    });
    await server.listen();
    console.log(`http://127.0.0.1:${server.httpServer.address().port}/`);
  },
};
await bundlers[bundler]();
