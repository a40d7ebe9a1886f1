/** Chromium's debugger, by its protocol: it is told of the map, and traps and breakpoints are at lines of C. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPositionFor, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { build } from '@wasm2js/cli';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../packages/cli/test/cli.js';
import { fixture, lineOf, TRAPS } from '../../packages/debug-info/test/fixtures.js';
import { executable, launch } from './chromium.js';
import { describeWith, installed } from './programs.js';
import { type Serving, serveFolder } from './serve.js';

interface Script {
  scriptId: string;
  url: string;
  sourceMapURL: string;
}
interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber: number;
}
interface Paused {
  reason: string;
  callFrames: { location: Location; functionName: string }[];
}

describeWith("Chromium's debugger", [executable, installed('playwright-core')], () => {
  const folder = temporaryFolder();
  const scripts: Script[] = [];
  let served: Serving;
  let browser: Browser;
  let page: Page;
  let session: CDPSession;
  let map: TraceMap;

  beforeAll(async () => {
    const output = join(folder, 'ledger.mjs');
    await build({
      input: fixture('ledger-5.wasm'),
      output,
      sourceMap: 'external',
      sourcesContent: true,
    });
    map = new TraceMap(readFileSync(`${output}.map`, 'utf8'));
    served = await serveFolder(folder, {
      '/index.html':
        '<!doctype html><script type="module">globalThis.ledger = await import("./ledger.mjs")</script>',
    });
    browser = await launch();
    page = await browser.newPage();
    session = await page.context().newCDPSession(page);
    session.on('Debugger.scriptParsed', (script) => scripts.push(script));
    await session.send('Debugger.enable');
    await page.goto(`${served.url}/`);
    await page.waitForFunction('globalThis.ledger !== undefined');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    served?.close();
  });

  /** Where the script is, of which the map is. */
  const script = (): Script => scripts.find(({ url }) => url.endsWith('/ledger.mjs'))!;

  /** Calls an export; gives the places in sources where the debugger stops first: a trap crosses the boundary, too. */
  const stops = async (call: string, args: readonly number[]): Promise<string[]> => {
    const pauses: Paused[] = [];
    const onPause = (pause: Paused): void => {
      pauses.push(pause);
      void session.send('Debugger.resume');
    };
    session.on('Debugger.paused', onPause);
    await page.evaluate(
      `(() => { try { ledger.${call}(${args}) } catch (error) { return String(error) } })()`,
    );
    session.off('Debugger.paused', onPause);
    return pauses[0]!.callFrames
      .filter(({ location }) => location.scriptId === script().scriptId)
      .map(({ location: { lineNumber, columnNumber } }) => {
        const found = originalPositionFor(map, { line: lineNumber + 1, column: columnNumber });
        return `${found.source?.replace(/^.*\//, '')}:${found.line}`;
      });
  };

  test('is told of the map', () => {
    expect(script().sourceMapURL).toBe('ledger.mjs.map');
  });

  test('stops at the line of C where something traps', async () => {
    await session.send('Debugger.setPauseOnExceptions', { state: 'all' });
    for (const { call, args, frames } of TRAPS) {
      const places = await stops(call, args);
      for (const [source, text] of frames)
        expect(places, call).toContain(`${source}:${lineOf(source, text)}`);
    }
    await session.send('Debugger.setPauseOnExceptions', { state: 'none' });
  });

  test('stops at a breakpoint in a line of C', async () => {
    const line = lineOf('ledger.c', '__builtin_trap') - 1;
    const source = map.sources.find((path) => path!.endsWith('ledger.c'))!;
    const position = generatedPositionFor(map, { source, line, column: 7 });
    const { breakpointId } = (await session.send('Debugger.setBreakpointByUrl', {
      url: script().url,
      lineNumber: position.line! - 1,
      columnNumber: position.column!,
    })) as { breakpointId: string };
    expect(await stops('check', [1])).toEqual([`ledger.c:${line}`, expect.anything()]);
    await session.send('Debugger.removeBreakpoint', { breakpointId });
  });
});
