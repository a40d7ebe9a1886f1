import { cut, cut_all, tag, tokenize, with_dict } from 'jieba-wasm';
import { show } from '../sample.mjs';

const source = '中华人民共和国武汉市长江大桥,我们中出了一个叛徒';
show('cut', cut(source, true).join('/'));
show('all', cut_all(source).join('/'));
show(
  'tags',
  tag(source, true)
    .map(({ word, tag }) => `${word}:${tag}`)
    .join(' '),
);
with_dict('叛徒甲 10000 n');
show('tokens', tokenize('叛徒甲乙', 'search', true));
