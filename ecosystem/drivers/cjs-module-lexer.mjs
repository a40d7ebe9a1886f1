import { init, parse } from 'cjs-module-lexer';
import { show } from '../sample.mjs';

await init();
show(
  'exports',
  parse(`exports.a = 1; Object.defineProperty(exports, 'b', { enumerable: true, value: 2 });
module.exports = { c, 'd': d, ...require('./e') }; __exportStar(require('f'), exports); /exports.no = 1/;`),
);
