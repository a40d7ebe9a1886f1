import { HTMLRewriter } from 'html-rewriter-wasm';
import { show } from '../sample.mjs';

const decoder = new TextDecoder();
let output = '';
const rewriter = new HTMLRewriter((chunk) => {
  output += decoder.decode(chunk);
});
rewriter.on('a[href]', {
  element(element) {
    element.setAttribute('href', element.getAttribute('href').toUpperCase());
    element.append('<b>!</b>', { html: true });
  },
  // Waits while the module's stack is put aside: Binaryen's asyncify.
  async text(chunk) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (chunk.text !== '') chunk.replace(`${chunk.text}?`);
  },
});
rewriter.onDocument({
  comments: (comment) => comment.remove(),
  end: (end) => end.append('<!-- end -->', { html: true }),
});
await rewriter.write(
  new TextEncoder().encode('<!doctype html><p>one <a href="x">two</a><!-- c --> <a>three</a>'),
);
await rewriter.write(new TextEncoder().encode('<a href=y class="k">four'));
await rewriter.end();
rewriter.free();
show('html', output);
