/**
 * BLAKE2b's mixing step and xxHash's round by hand, on halves of words and on BigInts whose state is in an array: `node
 * bench/scripts/big-words.mjs`. Prints the first call and the best one, in nanoseconds for a step, and a word of the result.
 */
const memory = new DataView(new ArrayBuffer(65536));
for (let i = 0; i < 65536; i++) memory.setUint8(i, i * 7 + (i >> 3));

const ORDER = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];
const DIAGONALS = [0, 5, 10, 15, 1, 6, 11, 12, 2, 7, 8, 13, 3, 4, 9, 14];
const STEPS = [...ORDER, ...DIAGONALS];

const word = (text) => `BigInt.asUintN(64, ${text})`;
const turned = (x, n) => word(`${word(`${x} << ${64 - n}n`)} | (${x} >> ${n}n)`);
const read = (i) => `m.getBigUint64(p + ${i * 8}, true)`;

/** A step on BigInts: what lasts is in the array V, the rest in constants. */
const mixBig = ([a, b, c, d], i) => `{
  const a1 = ${word(`${word(`V[${a}] + V[${b}]`)} + ${read(2 * i)}`)}, e = ${word(`V[${d}] ^ a1`)}, d1 = ${turned('e', 32)};
  const c1 = ${word(`V[${c}] + d1`)}, f = ${word(`V[${b}] ^ c1`)}, b1 = ${turned('f', 24)};
  const a2 = ${word(`${word('a1 + b1')} + ${read(2 * i + 1)}`)}, h = ${word('d1 ^ a2')}, d2 = ${turned('h', 16)};
  const c2 = ${word('c1 + d2')}, k = ${word('b1 ^ c2')};
  V[${a}] = a2; V[${d}] = d2; V[${c}] = c2; V[${b}] = ${turned('k', 63)};
}`;

/** The same on halves, in variables. */
function mixHalves([a, b, c, d], i) {
  const add = (r, u) =>
    `l = l${r} + l${u} | 0; h${r} = (h${r} + h${u} | 0) + (l >>> 0 < l${u} >>> 0 | 0) | 0; l${r} = l;`;
  const load = (r, at) =>
    `x = m.getInt32(p + ${at * 8}, true); l = l${r} + x | 0; h${r} = (h${r} + m.getInt32(p + ${at * 8 + 4}, true) | 0) + (l >>> 0 < x >>> 0 | 0) | 0; l${r} = l;`;
  const turn = (r, u, n) => {
    if (n === 32) return `l = h${r} ^ h${u}; h${r} = l${r} ^ l${u}; l${r} = l;`;
    const [x, y, k] = n > 32 ? ['h', 'l', n - 32] : ['l', 'h', n];
    return `l = l${r} ^ l${u}; h = h${r} ^ h${u}; l${r} = ${x} >>> ${k} | ${y} << ${32 - k}; h${r} = ${y} >>> ${k} | ${x} << ${32 - k};`;
  };
  return [
    add(a, b) + load(a, 2 * i) + turn(d, a, 32) + add(c, d) + turn(b, c, 24),
    add(a, b) + load(a, 2 * i + 1) + turn(d, a, 16) + add(c, d) + turn(b, c, 63),
  ].join('');
}

const round = (mix) =>
  Array.from({ length: 8 }, (_, i) => mix(STEPS.slice(4 * i, 4 * i + 4), i)).join('\n');
const loop = (body) => `for (let i = 0; i < n; i++) { const p = (i & 15) * 8; ${body} }`;
const words = Array.from({ length: 16 }, (_, i) => i);
const take = words.map((i) => `let l${i} = W[${2 * i}], h${i} = W[${2 * i + 1}];`).join('');
const give = words.map((i) => `W[${2 * i}] = l${i}; W[${2 * i + 1}] = h${i};`).join('');
const big = new Function('V', 'm', 'n', loop(round(mixBig)));
const halves = new Function(
  'W',
  'm',
  'n',
  `let l = 0, h = 0, x = 0; ${take} ${loop(round(mixHalves))} ${give}`,
);

const state = new BigUint64Array(16);
const parts = new Int32Array(state.buffer);
const input = new BigUint64Array(memory.buffer);

/** xxHash: four lanes, each a product, a sum, a rotation and a product. */
function lanes() {
  for (let i = 0; i < input.length; i += 4)
    for (let lane = 0; lane < 4; lane++) {
      const x = BigInt.asUintN(
        64,
        state[lane] + BigInt.asUintN(64, input[i + lane] * 0xc2b2ae3d27d4eb4fn),
      );
      const turnedBy31 = BigInt.asUintN(64, BigInt.asUintN(64, x << 31n) | (x >> 33n));
      state[lane] = BigInt.asUintN(64, turnedBy31 * 0x9e3779b185ebca87n);
    }
}

/** Measures a function of so many steps. */
function measure(name, steps, run) {
  for (let i = 0; i < 16; i++) state[i] = BigInt(i + 1);
  const times = [];
  const until = Date.now() + 3000;
  for (let call = 0; call < 200 && Date.now() < until; call++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    times.push(((user + system) * 1e3) / steps);
  }
  console.log(
    `${name}: ${times[0].toFixed(1)}, ${Math.min(...times).toFixed(2)} ns, ${state[3].toString(16)}`,
  );
}

measure('BLAKE2b, halves', 16000, () => halves(parts, memory, 2000));
measure('BLAKE2b, BigInt', 16000, () => big(state, memory, 2000));
measure('xxHash, BigInt', input.length, lanes);
