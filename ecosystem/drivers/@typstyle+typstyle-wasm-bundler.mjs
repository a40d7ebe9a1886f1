import { format, parse } from '@typstyle/typstyle-wasm-bundler';
import { fails, show } from '../sample.mjs';

const source =
  '= Title\n#let f(x,y)={x+y}\n$ sum_(i=1)^n   i $\n#table(columns:2,[a],[b])\n- item\n-   other';
show('formatted', format(source, { max_width: 40, tab_spaces: 2 }));
show('parsed', parse(source));
await fails('error', () => format('#let (', {}));
