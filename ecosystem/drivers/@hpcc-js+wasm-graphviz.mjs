import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { fails, show } from '../sample.mjs';

const graphviz = await Graphviz.load();
show('version', graphviz.version());
const edges = Array.from(
  { length: 40 },
  (_, i) => `n${(i * 7) % 17} -> n${(i * 5 + 3) % 17} [label="e${i}"]`,
).join(';');
for (const engine of ['dot', 'neato', 'circo'])
  show(engine, graphviz.layout(`digraph { rankdir=LR; ${edges} }`, 'svg', engine));
show('json', graphviz.layout('graph { a -- b; b -- c }', 'plain', 'dot'));
await fails('error', () => graphviz.layout('digraph { a -> ', 'svg', 'dot'));
