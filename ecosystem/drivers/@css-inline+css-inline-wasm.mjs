import { createRequire } from 'node:module';
import { fails, file, show } from '../sample.mjs';

const { initWasm, inline, inlineFragment } = createRequire(import.meta.url)(
  '@css-inline/css-inline-wasm',
);
await initWasm(file('@css-inline/css-inline-wasm/index_bg.wasm'));
const html =
  '<html><head><style>p.a > b { color: red; margin: 1px 2px } h1 { font: bold 2em/1 serif !important }</style></head><body><h1 style="color:blue">T</h1><p class="a"><b>x</b></p></body></html>';
show('inline', inline(html));
show('kept', inline(html, { keepStyleTags: true }));
show('fragment', inlineFragment('<p class="x">t</p>', '.x { color: #123 }'));
await fails('error', () =>
  inline('<link rel="stylesheet" href="http://127.0.0.1:1/x.css">', { loadRemoteStylesheets: 'x' }),
);
