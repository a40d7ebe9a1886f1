import { counter as other } from './counter.wasm';
import { add, answer, shared } from './math.wasm';

console.log(add(40, 2), answer, shared(), other);
