import type { PreopenOptions } from './sources.js';

/**
 * Preopens as a command line gives them.
 * @param specs each `HOST`, `HOST::GUEST` or `HOST::GUEST::ro`; `HOST::::ro` keeps the host's name
 * @returns the `preopens` option; throws `TypeError` for anything else
 */
export function parsePreopens(specs: readonly string[]): Record<string, PreopenOptions> {
  const preopens: Record<string, PreopenOptions> = {};
  for (const spec of specs) {
    const [directory, guest, access, more] = spec.split('::');
    if (!directory || more !== undefined || !['ro', 'rw', undefined].includes(access)) {
      throw new TypeError(`${spec} is not of the form HOST[::GUEST[::ro]]`);
    }
    preopens[guest || directory] = { directory, readonly: access === 'ro' };
  }
  return preopens;
}
