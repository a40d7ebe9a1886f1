/** A program of several threads (wasi-threads) on a cross-origin isolated page, and on one that is none. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository, temporaryFolder, wasm2js } from '../../packages/cli/test/cli.js';
import { executable, launch } from './chromium.js';
import { describeWith, installed } from './programs.js';

const script = `
  import { instantiate, run } from './threads.mjs';
  const show = async (how) => {
    const files = new run.MemoryFileSystem({});
    let text = '';
    const stdout = (bytes) => { text += new TextDecoder().decode(bytes); };
    try {
      const ending = run({ args: ['threads', '/', how], files, stdout });
      const isPromise = ending instanceof Promise;
      const code = await ending;
      return { isPromise, code, text, log: new TextDecoder().decode(files.readFile('/log.txt')) };
    } catch (error) {
      return { error: error.message, isTrap: error instanceof instantiate.RuntimeError, text };
    }
  };
  globalThis.show = show;
  document.body.dataset.ready = 'yes';
`;

describeWith(
  'a program of several threads in Chromium',
  [executable, installed('playwright-core')],
  () => {
    const folder = temporaryFolder();
    const module = join(folder, 'threads.mjs');
    const server = createServer(({ url = '/' }, response) => {
      if (!url.startsWith('/plain')) {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      const isScript = url.endsWith('js');
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      if (!isScript)
        response.end('<!doctype html><body><script type="module" src="page.js"></script>');
      else response.end(url.endsWith('page.js') ? script : readFileSync(module));
    });
    let browser: Browser;

    beforeAll(async () => {
      const program = join(repository, 'packages/wasi-runtime/test/fixtures/threads.wasm');
      const built = wasm2js(['build', program, '-o', module]);
      if (built.code !== 0) throw new Error(built.stderr);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      browser = await launch();
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      server.close();
    });

    const show = async (path: string, how: string): Promise<Record<string, unknown>> => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`);
      await page.waitForSelector('body[data-ready]', { state: 'attached' });
      return page.evaluate(`show('${how}')`);
    };

    test('runs to its end, which a thread brings about', async () => {
      const { text, ...rest } = await show('', '9');
      expect(rest).toEqual({ isPromise: true, code: 9, log: 'from a thread\n' });
      expect(text).toContain('counted 8000 and 8000, own 0\nconsumed 45150\n');
      expect(text).toMatch(/timed out: 1\nthe end, from a thread\n$/);
    });

    test('tells of a trap in a thread', async () => {
      expect(await show('', 'trap')).toMatchObject({ error: 'unreachable', isTrap: true });
    });

    test('says what is missing where memories cannot be shared', async () => {
      const { error } = await show('plain/', '9');
      expect(error).toMatch(/isolated/);
    });
  },
);
