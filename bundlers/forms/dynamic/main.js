const { add, answer } = await import('./math.wasm');
console.log(add(4, 5), answer);
