import { instance } from '@viz-js/viz';
import { show } from '../sample.mjs';

const viz = await instance();
show('formats', viz.formats);
const graph = 'digraph { rankdir=LR; a -> b [label="x<y"]; b -> c; subgraph cluster_0 { c; d } }';
for (const engine of ['dot', 'neato', 'circo'])
  show(engine, viz.renderString(graph, { format: 'svg', engine }));
show('plain', viz.renderString('digraph { a -> b; b -> c; a -> c }', { format: 'plain' }));
show('object', viz.renderJSON({ nodes: [{ name: 'é' }], edges: [{ tail: 'é', head: 'f' }] }));
show('errors', viz.render('graph { x -- '));
