import { createRequire } from 'node:module';
import { fails, show, text } from '../sample.mjs';

const { RE2 } = createRequire(import.meta.url)('re2-wasm');
const re = new RE2('(?P<a>[a-z]+) (over|while)', 'gu');
const source = text(100);
const found = [];
for (let match = re.exec(source); match !== null; match = re.exec(source))
  found.push([match.index, ...match]);
show('found', found);
show('replaced', source.replace(new RE2('\\b(\\w)(\\w*)', 'gu'), '$2$1').slice(0, 100));
show('unicode', new RE2('\\p{Greek}+', 'u').exec('abc αβγ'));
await fails('error', () => new RE2('(a)\\1', 'u'));
