import { createRequire } from 'node:module';
import { fails, show } from '../sample.mjs';

const jq = createRequire(import.meta.url)('jq-wasm');
const data = {
  items: [3, 1, 2].map((n) => ({ n, name: `item ${n}`, tags: ['a', 'b'].slice(0, n) })),
};
show(
  'sorted',
  await jq.json(data, '[.items | sort_by(.n)[] | {(.name): (.n * 1.5 | sqrt)}] | add'),
);
show('raw', await jq.raw(data, '.items[] | "\\(.name) \\(.tags | join("/"))"', ['-r']));
show('regex', await jq.raw('"foo bar 12"', 'capture("(?<w>\\\\w+) (?<n>\\\\d+)")', ['-c']));
await fails('error', async () => jq.json(data, '.items | error("no")'));
// jq leaves its own exit code.
process.exitCode = 0;
