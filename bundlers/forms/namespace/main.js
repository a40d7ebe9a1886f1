import * as ns from './math.wasm';

console.log(Object.keys(ns).sort().join(), ns.add(2, 3), ns.answer, ns.shared());
