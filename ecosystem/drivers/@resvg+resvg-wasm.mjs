import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { fails, file, show } from '../sample.mjs';

await initWasm(file('@resvg/resvg-wasm/index_bg.wasm'));
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80">
  <defs><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="#00f8"/></linearGradient>
  <filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>
  <rect width="120" height="80" fill="url(#g)"/><circle cx="40" cy="40" r="25" fill="#0a5" filter="url(#f)"/>
  <path d="M10 10 C 40 80, 65 0, 95 70" stroke="black" stroke-width="3" fill="none"/>
  <text x="10" y="30" font-family="DejaVu Sans" font-size="16">Text</text></svg>`;
const resvg = new Resvg(svg, {
  fitTo: { mode: 'width', value: 150 },
  font: { fontBuffers: [file('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')] },
});
const rendered = resvg.render();
show('size', [rendered.width, rendered.height]);
show('pixels', rendered.pixels);
show('png', rendered.asPng());
show('text', resvg.toString());
await fails('error', () => new Resvg('<svg'));
