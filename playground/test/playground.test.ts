/**
 * The playground in Chromium and Firefox, and in Chromium without WebAssembly: one script does what a person would do
 * (drive.js) and reports. PLAYGROUND_SCREENSHOTS names a folder for pictures of how it looks at the end.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { executable, launch } from '../../examples/test/chromium.js';
import { installed } from '../../examples/test/programs.js';
import { serveFolder } from '../../examples/test/serve.js';
import { execute, repository, temporaryFolder } from '../../packages/cli/test/cli.js';

const folder = temporaryFolder();
const pictures = process.env['PLAYGROUND_SCREENSHOTS'] ?? mkdtempSync(join(folder, 'pictures-'));
const firefox = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

type Step = Record<string, unknown> & { times?: string[][]; facts?: string[][] };

/** Serves the page with the script that drives it; gives what that reports, after `visit` has opened the page. */
async function driven(
  visit: (url: string, reported: Promise<unknown>) => Promise<void>,
): Promise<Step[]> {
  let report: (text: string) => void = () => {};
  const reported = new Promise<string>((resolve) => {
    report = resolve;
  });
  const page = readFileSync(join(folder, 'page/index.html'), 'utf8');
  const served = await serveFolder(join(folder, 'page'), {
    '/index.html': page.replace(
      '</body>',
      '<script type="module" src="drive.js"></script><script src="wait.js" async></script></body>',
    ),
    '/drive.js': read('playground/test/drive.js'),
    // The page is loaded when the script is through: then pictures are taken.
    '/wait.js': () => reported.then(() => ''),
    '/poem.txt': read('examples/wordfreq/poem.txt'),
    '/report': (body) => {
      report(body);
      return '';
    },
  });
  try {
    await visit(`${served.url}/`, reported);
    return JSON.parse(await reported) as Step[];
  } finally {
    served.close();
  }
}

/** The step that has this. */
const step = (steps: Step[], name: string): Step => {
  const found = steps.find((item) => name in item);
  expect(found, JSON.stringify(steps.at(-1))).toBeDefined();
  return found!;
};

/** Checks all that was seen. @param native is there WebAssembly to compare with? */
function check(steps: Step[], native: boolean): void {
  expect(steps.find(({ failed }) => failed !== undefined)).toBeUndefined();
  const { compiled, facts } = step(steps, 'compiled');
  expect(compiled).toBe('compiled');
  expect(facts!.find(([head]) => head === 'features')![1]).toContain('tail-call');
  expect(facts!.find(([head]) => head === 'exports')![1]).toBe('gcd, squares');
  expect(step(steps, 'script')['script']).toBe(true);
  expect(step(steps, 'download')['download']).toEqual(['module.mjs', 'blob:']);
  const results = (name: string): (string | undefined)[] =>
    step(steps, name)
      .times!.slice(1, 3)
      .map(([, , result]) => result);
  expect(results('called')).toEqual(['12', native ? '12' : 'this host has none']);
  expect(results('measured')[0]).toBe('333833500');
  expect(step(steps, 'measured').times![1]![1]).toMatch(/ a call, of /);
  if (native) expect(step(steps, 'measured').times![3]![1]).toMatch(/^\d+\.\d\d ×$/);
  expect(step(steps, 'missing')['missing']).toBe('it takes 1 arguments: i64');
  expect(step(steps, 'invalid')['invalid']).toMatch(/^InvalidError: type mismatch/);
  expect(step(steps, 'wrong')['wrong']).toMatch(/^line 2, column 4: /);
  expect(step(steps, 'imported')['output']).toBe('env.log(5)\n');
  expect(step(steps, 'why')).toMatchObject({
    why: expect.stringContaining(
      'It imports env.memory, (memory 1), which this page does not have.',
    ),
    hidden: true,
  });
  expect(step(steps, 'dropped')).toEqual({ dropped: 'compiled', title: 'wordfreq.wasm' });
  const ran = step(steps, 'ran');
  expect(results('ran')).toEqual(['exit code 0', native ? 'exit code 0' : 'this host has none']);
  const expected = execute(process.execPath, [
    join(repository, 'packages/cli/bin/wasm2js.js'),
    ...['run', join(repository, 'examples/wordfreq/wordfreq.wasm')],
    ...['--dir', `${join(repository, 'examples/wordfreq')}::.`, '--', '-n', '3', 'poem.txt'],
  ]);
  expect(ran['output']).toBe(expected.stdout);
}

beforeAll(() => {
  const built = execute(process.execPath, [
    join(repository, 'playground/build.mjs'),
    join(folder, 'page'),
  ]);
  if (built.code !== 0) throw new Error(built.stderr);
  const wasm = readFileSync(join(repository, 'examples/wordfreq/wordfreq.wasm'));
  writeFileSync(join(folder, 'page/wordfreq.wasm'), wasm);
  mkdirSync(pictures, { recursive: true });
}, 120_000);

test('nothing of the compiler needs Node', async () => {
  const { metafile } = await esbuild.build({
    stdin: {
      contents: ['codegen/anywhere', 'decoder', 'validator', 'debug-info']
        .map((name) => `export * from '@wasm2js/${name}';`)
        .join('\n'),
      resolveDir: repository,
    },
    absWorkingDir: repository,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const own = Object.keys(metafile.inputs).filter((path) => path.startsWith('packages/'));
  expect(own.length).toBeGreaterThan(100);
  const needing = own.filter((path) => {
    const code = read(path).replace(/\/\*[\s\S]*?\*\//g, '');
    return /\bBuffer\.|from 'node:|\brequire\(/.test(code);
  });
  // What these emit asks for Node's modules.
  const emitting = ['hybrid', 'wasi'].map((name) => `packages/codegen/dist/emit/${name}.js`);
  expect(needing.sort()).toEqual(emitting);
});

describe.skipIf(!existsSync(executable) || !existsSync(installed('playwright-core')))(
  'Chromium [needs npm run examples]',
  () => {
    test.each([
      ['with WebAssembly', [], true],
      ['without', ['--js-flags=--jitless'], false],
    ] as const)(
      '%s: compiles, shows, calls, measures and runs',
      async (name, flags, native) => {
        const browser = await launch(flags);
        try {
          const steps = await driven(async (url, reported) => {
            const page = await browser.newPage({ viewport: { width: 1000, height: 1400 } });
            await page.goto(url, { waitUntil: 'domcontentloaded' });
            await reported;
            await page.screenshot({ path: join(pictures, `chromium ${name}.png`), fullPage: true });
          });
          check(steps, native);
        } finally {
          await browser.close();
        }
      },
      120_000,
    );
  },
);

describe.skipIf(firefox === undefined)('Firefox [needs Debian: firefox-esr]', () => {
  test('compiles, shows, calls, measures and runs', async () => {
    const steps = await driven(async (url, reported) => {
      const picture = join(pictures, 'firefox.png');
      const profile = mkdtempSync(join(folder, 'firefox-'));
      const args = ['--headless', '--no-remote', '--profile', profile];
      args.push('--window-size', '1000,1400', '--screenshot', picture, url);
      const child = spawn(firefox!, args, {
        stdio: 'ignore',
        env: { ...process.env, HOME: profile },
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const timer = setTimeout(() => child.kill('SIGKILL'), 100_000);
      await Promise.race([reported, ended]);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))]);
      clearTimeout(timer);
      child.kill('SIGKILL');
    });
    check(steps, true);
  }, 150_000);
});
