import { Language, Parser, Query } from 'web-tree-sitter';
import { file, show } from '../sample.mjs';

await Parser.init();
const json = await Language.load(file('tree-sitter-json/tree-sitter-json.wasm'));
const parser = new Parser();
parser.setLanguage(json);
const source = JSON.stringify(
  { a: [1, 2.5, -3e10, null], b: { c: 'text \u00e9', d: true } },
  null,
  1,
);
const tree = parser.parse(source);
show('tree', tree.rootNode.toString());
const query = new Query(json, '(pair key: (string) @key)');
show(
  'captures',
  query.captures(tree.rootNode).map(({ node }) => [node.text, node.startPosition]),
);
// Text from a callback, and a second parse that reuses the first.
const pieces = parser.parse((index) => source.slice(index, index + 10));
show('in pieces', pieces.rootNode.toString() === tree.rootNode.toString());
show('broken', parser.parse('[1, 2').rootNode.toString());
