/** The browser that pages are tested in: Debian's, or the one that `CHROMIUM` names. */

import type { Browser } from 'playwright-core';

/** Its file, which may not be there. */
export const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it. @param more flags */
export const launch = async (more: readonly string[] = []): Promise<Browser> => {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: executable, args: [...flags, ...more] });
};
