import { get_encoding } from 'tiktoken';
import { show, text } from '../sample.mjs';

const encoding = get_encoding('cl100k_base');
const source = `${text(150)} — naïve façade 漢字 🙂 ${'x'.repeat(40)}`;
const tokens = encoding.encode(source);
show('tokens', Array.from(tokens).join(' '));
show('same', new TextDecoder().decode(encoding.decode(tokens)) === source);
show('special', Array.from(encoding.encode('a<|endoftext|>', 'all')));
encoding.free();
