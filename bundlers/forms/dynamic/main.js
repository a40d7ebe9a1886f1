export const done = import('./math.wasm').then(({ add, answer }) => {
  console.log(add(4, 5), answer);
});
