import { createRequire } from 'node:module';
import { show } from '../sample.mjs';

const { parse_to_json, parse_to_uint32array } = createRequire(import.meta.url)('@one-ini/wasm');
const source =
  'root = true\n# comment\n[*.{js,ts}]\nindent_style = space ; tail\nindent_size=2\n\n[*]\nend_of_line = lf\n';
show('json', parse_to_json(source));
show('tokens', Array.from(parse_to_uint32array(source)));
