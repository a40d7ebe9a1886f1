/**
 * `node:worker_threads`, to be changed. It is not imported: in Bun an ES module has what the module was when the first one
 * imported it, so that later importers get what `register` puts there.
 */
import { createRequire } from 'node:module';

export const threads = createRequire(import.meta.url)(
  'node:worker_threads',
) as typeof import('node:worker_threads');
