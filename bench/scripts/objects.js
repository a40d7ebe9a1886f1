// Classes, closures, maps, sorting: what an interpreter of JavaScript spends its time on.
class Shape {
  constructor(name) {
    this.name = name;
  }
  area() {
    return 0;
  }
}
class Box extends Shape {
  constructor(width, height) {
    super('box');
    this.width = width;
    this.height = height;
  }
  area() {
    return this.width * this.height;
  }
}
class Disc extends Shape {
  constructor(radius) {
    super('disc');
    this.radius = radius;
  }
  area() {
    return (this.radius * this.radius * 355) / 113;
  }
}
let seed = 1;
const random = (limit) => (seed = (seed * 48271) % 2147483647) % limit;
const shapes = Array.from({ length: 6000 }, () =>
  random(2) ? new Box(random(50), random(50)) : new Disc(random(30)),
);
const sums = new Map();
for (let round = 0; round < 8; round++) {
  for (const shape of shapes) {
    const key = `${shape.name}${shape.area() & 63}`;
    sums.set(key, (sums.get(key) ?? 0) + shape.area());
  }
}
const sorted = [...sums].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
const compose = (...functions) => functions.reduce((f, g) => (x) => g(f(x)));
const step = compose(
  (x) => x + 3,
  (x) => x ^ (x >> 2),
  (x) => (x * 17) | 0,
);
let state = 1;
for (let i = 0; i < 60000; i++) state = step(state) & 0xffffff;
JSON.stringify([sums.size, sorted.slice(0, 3), state]);
