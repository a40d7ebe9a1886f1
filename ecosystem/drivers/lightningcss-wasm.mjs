import init, { bundleAsync, transform } from 'lightningcss-wasm';
import { fails, show } from '../sample.mjs';

await init();
const encode = (text) => new TextEncoder().encode(text);
const { code, exports } = transform({
  filename: 'a.css',
  code: encode(
    '.a { color: rgb(255 0 0 / 50%); & .b:is(.c, .d) { inset: 0 1px; width: calc(1px * 3 + 2em) } } @media (width >= 240px) { .a { color: oklch(60% 0.2 30) } }',
  ),
  minify: true,
  cssModules: true,
  targets: { chrome: 80 << 16 },
  visitor: { Length: ({ unit, value }) => ({ unit, value: value * 2 }) },
});
show('code', new TextDecoder().decode(code));
show('exports', Object.entries(exports).sort());
const bundled = await bundleAsync({
  filename: '/x.css',
  minify: true,
  resolver: {
    read: async (path) =>
      path === '/x.css'
        ? '@import "y.css" screen; .x { margin: 1px 1px 1px 1px }'
        : '.y { color: yellow }',
  },
});
show('bundle', new TextDecoder().decode(bundled.code));
await fails('error', () => transform({ filename: 'b.css', code: encode('.a { color: } }') }));
