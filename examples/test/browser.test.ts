/** The example page in a real browser, under a policy that allows neither eval nor WebAssembly. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execute, temporaryFolder } from '../../packages/cli/test/cli.js';
import { executable, launch } from './chromium.js';
import { describeWith, examples, installed } from './programs.js';
import { type Serving, serveFolder } from './serve.js';

/** Tells, as a script of the page, what the page's policy allows. */
const probe = `
  const attempt = (action) => { try { action(); return 'allowed'; } catch (error) { return error.name; } };
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  document.body.dataset.probe = [
    attempt(() => new Function('')), attempt(() => new WebAssembly.Module(empty)),
  ].join();
`;

const poem = join(examples, 'wordfreq/poem.txt');
const text = (page: Page, selector: string): Promise<string | null> => page.textContent(selector);

describeWith(
  'the page in Chromium',
  [executable, installed('playwright-core')],
  () => {
    const folder = temporaryFolder();
    let served: Serving;
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];

    beforeAll(async () => {
      const built = execute(process.execPath, [join(examples, 'browser/build.mjs'), folder]);
      if (built.code !== 0) throw new Error(built.stderr);
      served = await serveFolder(folder, { '/probe.js': probe });
      browser = await launch();
      page = await browser.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(`${served.url}/`);
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      served?.close();
    });

    test('runs the program on a chosen file', async () => {
      await page.fill('#arguments', '-n 8');
      await page.setInputFiles('#files', poem);
      await page.waitForSelector('#status:not(:empty)');
      expect(await text(page, '#status')).toMatch(/^Exit code 0, \d+ ms$/);
      const expected = readFileSync(join(examples, 'wordfreq/expected.txt'), 'utf8');
      expect(await text(page, '#output')).toBe(expected);
    });

    test('and on another one, dropped', async () => {
      const transfer = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(['kiwi kiwi '.repeat(500)], 'more words.txt'));
        return data;
      });
      await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
      await page.waitForSelector('#list li:nth-child(2)');
      expect(await text(page, '#list li:nth-child(2)')).toBe('more words.txt (5000 bytes)');
      expect(await text(page, '#output')).toMatch(/^ {3}1000 .* kiwi\n/);
    });

    test('shows standard error and the exit code', async () => {
      await page.fill('#arguments', '-n 1 missing.txt');
      await page.click('button');
      expect(await text(page, '#status')).toMatch(/^Exit code 1,/);
      expect(await text(page, '#output .error')).toMatch(/^wordfreq: missing\.txt: No such file/);
    });

    test('nothing was complained about, and the page could not have run WebAssembly', async () => {
      expect(complaints).toEqual([]);
      await page.evaluate(() => {
        const script = document.createElement('script');
        script.src = 'probe.js';
        document.head.append(script);
      });
      await page.waitForSelector('body[data-probe]');
      expect(await page.getAttribute('body', 'data-probe')).toBe('EvalError,CompileError');
    });
  },
  'npm run examples and Debian’s chromium, or CHROMIUM=PATH',
);
