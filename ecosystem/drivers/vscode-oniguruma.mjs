import oniguruma from 'vscode-oniguruma';
import { file, show, text } from '../sample.mjs';

await oniguruma.loadWASM(file('vscode-oniguruma/release/onig.wasm'));
const scanner = oniguruma.createOnigScanner([
  '(?<first>q\\w+)\\s+(b\\w+)',
  '\\bover(?= a)',
  '[äöü]+',
  '(?i)LOOPS',
]);
const source = oniguruma.createOnigString(`${text(200)} äöü loops`);
let position = 0;
const found = [];
for (;;) {
  const match = scanner.findNextMatchSync(source, position);
  if (match === null) break;
  found.push([match.index, match.captureIndices.map(({ start, end }) => [start, end])]);
  position = Math.max(position + 1, match.captureIndices[0].end);
}
show('count', found.length);
show('matches', found);
