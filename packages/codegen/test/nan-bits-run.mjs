/**
 * Runs the functions of nan-bits.ts on any host: `run(exports, cases, rounds)` gives what was wrong.
 *
 * Right is what the specification ("NaN Propagation") says: where all NaNs that go in are canonical, or none
 * does, one that comes out is canonical, of either sign; else its quiet bit is set. Negation, absolute value
 * and copysign change the sign bit alone. What is seen of a value in several ways agrees.
 */

const QUIET = { 32: 0x400000n, 64: 0x8000000000000n };
const INFINITY = { 32: 0x7f800000n, 64: 0x7ff0000000000000n };
const SIGN = { 32: 0x80000000n, 64: 0x8000000000000000n };

const isNan = (bits, width) => (bits & (SIGN[width] - 1n)) > INFINITY[width];
const isCanonical = (bits, width) =>
  (bits & (SIGN[width] - 1n)) === (INFINITY[width] | QUIET[width]);

/** Bits of operands: NaNs of all kinds, and numbers of which NaNs are made. */
const VALUES = {
  32: [
    0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fa00000, 0x7fd00005, 0xffc00001, 0x7f800000,
    0xff800000, 0x00000000, 0x3fc00000, 0xbf000000,
  ].map(BigInt),
  64: [
    0x7ff8000000000000n,
    0xfff8000000000000n,
    0x7ff0000000000001n,
    0xfff0000000000001n,
    0x7ff4000000000001n,
    0x7ffa000000000005n,
    0xfff8000020000000n,
    0x7ff0000000000000n,
    0xfff0000000000000n,
    0x0000000000000000n,
    0x3ff8000000000000n,
    0xbfe0000000000000n,
  ],
};
const BASE = { 32: 64, 64: 512 };
const SEEN = 1024;

/** What is wrong with what a function saw; undefined if nothing is. */
function fault({ from, to, op, moved, seen }, a, b, read) {
  const bits = read(SEEN, to);
  const inputs = b === undefined ? [a] : [a, b];
  const sign = SIGN[to];
  const agree = (at, wanted) => read(at, to) === BigInt.asUintN(to, wanted);
  if (seen === 'all') {
    if (!agree(SEEN + 8, bits))
      return `stored and reinterpreted ${read(SEEN + 8, to).toString(16)}`;
    if (!agree(SEEN + 16, bits ^ sign))
      return `its negation is ${read(SEEN + 16, to).toString(16)}`;
    if (!agree(SEEN + 24, bits & ~sign))
      return `its absolute value is ${read(SEEN + 24, to).toString(16)}`;
    if (!agree(SEEN + 32, bits | sign))
      return `with the sign of -1 ${read(SEEN + 32, to).toString(16)}`;
    if ((read(SEEN + 40, to) & sign) !== (bits & sign)) return 'its sign is another for copysign';
  }
  if ((seen === 'twice' || seen === 'passed') && !agree(SEEN + 8, bits))
    return `the second time ${read(SEEN + 8, to).toString(16)}`;
  if (moved && from === to && seen !== 'loop') {
    const exact =
      op === 'abs'
        ? a & ~sign
        : op === 'neg'
          ? a ^ sign
          : op === 'copysign'
            ? (a & ~sign) | (b & sign)
            : undefined;
    if (exact !== undefined) {
      const wanted = seen === 'negated' ? exact ^ sign : exact;
      return bits === wanted ? undefined : `not ${wanted.toString(16)}`;
    }
  }
  if (!isNan(bits, to)) {
    // The operation may also give a number: an infinity's neighbours are the official suite's matter.
    const arithmetic = op !== 'copysign' || b === undefined;
    return arithmetic && inputs.some((x) => isNan(x, from)) ? 'not a NaN' : undefined;
  }
  if ((bits & QUIET[to]) === 0n) return 'a signalling NaN';
  const payloads = (op === 'copysign' ? [a] : inputs).filter((x) => isNan(x, from));
  if (payloads.every((x) => isCanonical(x, from)) && !isCanonical(bits, to))
    return 'not the canonical NaN';
  return undefined;
}

/**
 * Calls every function with all values in several rounds, from cold to hot.
 * @returns what was wrong, one line each
 */
export function run(exports, cases, rounds) {
  const view = new DataView(exports.memory.buffer);
  const write = (at, width, bits) => {
    view.setUint32(at, Number(bits & 0xffffffffn), true);
    if (width === 64) view.setUint32(at + 4, Number(bits >> 32n), true);
  };
  const read = (at, width) =>
    width === 32
      ? BigInt(view.getUint32(at, true))
      : (BigInt(view.getUint32(at + 4, true)) << 32n) | BigInt(view.getUint32(at, true));
  for (const width of [32, 64])
    VALUES[width].forEach((bits, i) => {
      write(BASE[width] + 8 * i, width, bits);
    });
  const wrong = [];
  cases.forEach((item, k) => {
    const f = exports[`f${k}`];
    const values = VALUES[item.from];
    const constant =
      item.second === '' || item.second === 'memory' ? undefined : BigInt(item.second);
    const check = (i, j, round) => {
      for (let at = SEEN; at < SEEN + 48; at += 4) view.setUint32(at, 0, true);
      f(BASE[item.from] + 8 * i, BASE[item.from] + 8 * j);
      const b = item.second === 'memory' ? values[j] : constant;
      const found = fault(item, values[i], b, read);
      if (found === undefined) return true;
      wrong.push(
        `${item.op} f${item.from} ${values[i].toString(16)} ${b === undefined ? '' : b.toString(16)}` +
          ` (${item.moved ? 'moved' : 'computed'}, seen by ${item.seen}, call ${round}):` +
          ` ${read(SEEN, item.to).toString(16)}: ${found}`,
      );
      return false;
    };
    let calls = 0;
    // Cold, then hot with one operand after the other: checked now and then.
    for (const step of [1, rounds])
      for (let i = 0; i < values.length; i++) {
        const j = (i * 5 + step) % values.length;
        const x = BASE[item.from] + 8 * i;
        for (let n = 1; n < step; n++) f(x, BASE[item.from] + 8 * j);
        calls += step;
        if (!check(i, j, calls)) return;
      }
    // All pairs, by now hot.
    if (item.second === 'memory')
      for (let i = 0; i < values.length; i++)
        for (let j = 0; j < values.length; j++) if (!check(i, j, calls)) return;
  });
  return wrong;
}
