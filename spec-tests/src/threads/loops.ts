/** Programs whose threads go round many times: what has to hold at their end, whatever the order was. */
import { Random } from '../mutate/random.js';
import {
  addressed,
  FREE,
  integerAt,
  mnemonic,
  moduleOf,
  type Program,
  resultAt,
  WIDTHS,
  type Width,
} from './program.js';

/** What makes a program: its functions, and what has to hold. */
interface Loops {
  threads: number;
  functions: string[];
  pages?: [number, number];
  late?: boolean;
  rounds?: number;
  check(memory: Uint8Array): string | undefined;
}

/** A function of a thread that counts `$i` down from `times`. */
const loop = (thread: number, times: number, body: string, before = '', after = ''): string =>
  `(func (export "t${thread}") (local $i i32) (local $a i32) (local $b i32) (local $w i64) (local $v i64)
  ${before}
  (local.set $i (i32.const ${times}))
  (loop $round
    ${body}
    (br_if $round (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
  ${after})`;

/** Leaves what a thread has counted where it is looked for: the end of its loop. */
const leaveCount = (thread: number): string =>
  `(i64.store (i32.const ${resultAt(thread, 0)}) (local.get $v))`;

const constant = ({ type }: Width, value: bigint | number): string =>
  `(${type}.const ${BigInt.asIntN(type === 'i32' ? 32 : 64, BigInt(value))})`;
const range = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
/** A loop for each thread, which counts in `$v`. */
const countingLoops = (
  threads: number,
  times: number,
  body: (thread: number) => string,
): string[] =>
  range(threads, (thread) => loop(thread, times, body(thread), '', leaveCount(thread)));
const expectAll = (
  memory: Uint8Array,
  wanted: [what: string, at: number, bits: number, value: bigint][],
) => {
  for (const [what, at, bits, value] of wanted) {
    const found = integerAt(memory, at, bits);
    const right = BigInt.asUintN(bits, value);
    if (found !== right) return `${what}: ${found}, not ${right}`;
  }
  return undefined;
};
/** Waits a little after many rounds of a loop that waits for another thread: there may be fewer processors than threads. */
const PAUSE = `(if (i32.eqz (i32.and (local.tee $b (i32.add (local.get $b) (i32.const 1))) (i32.const 63)))
      (then (drop (memory.atomic.wait32 (i32.const ${FREE - 8}) (i32.const 0) (i64.const 20000)))))`;

/** Words of all widths are added to, exchanged and counted by `cmpxchg`; late, the memory escapes from a hot loop. */
function counters(random: Random): Loops {
  const threads = 2 + random.below(3);
  const late = random.below(3) === 0;
  const times = 200 + random.below(600);
  const warm = late ? 3000 : 0;
  const words = range(3, (i) => ({
    width: random.pick(WIDTHS),
    at: i * 16 + 8 * random.below(2),
    operation: random.pick(['add', 'sub', 'xor', 'count']),
    value: BigInt(1 + random.below(2 ** 31)) * (random.below(2) === 0 ? 1n : 0x100000001n),
  }));
  const body = words
    .map(({ width, at, operation, value }, i) => {
      const address = addressed(random, at);
      if (operation !== 'count')
        return `(drop (${mnemonic(width, operation)} ${address} ${constant(width, value)}))`;
      const local = width.type === 'i32' ? '$a' : '$w';
      const load = `(local.set ${local} (${mnemonic(width, 'load')} ${address}))`;
      const more = `(${width.type}.add (local.get ${local}) ${constant(width, 1n)})`;
      return `(loop $again${i} ${load}
      (br_if $again${i} (${width.type}.ne (local.get ${local})
        (${mnemonic(width, 'cmpxchg')} ${address} (local.get ${local}) ${more}))))`;
    })
    .join('\n    ');
  const go = `(if (i32.eq (local.get $i) (i32.const ${times})) (then (call $go)))`;
  const functions = range(threads, (thread) =>
    loop(
      thread,
      thread === 0 ? times + warm : times,
      late && thread === 0 ? `${go} ${body}` : body,
    ),
  );
  const total = BigInt(threads * times + warm);
  const wanted = words.map(({ width, at, operation, value }): [string, number, number, bigint] => {
    const ends = {
      add: total * value,
      sub: -total * value,
      xor: total % 2n ? value : 0n,
      count: total,
    };
    const end = ends[operation as keyof typeof ends];
    return [`${operation} of ${width.type} ${width.bits}`, at, width.bits, end];
  });
  return { threads, functions, late, check: (memory) => expectAll(memory, wanted) };
}

/** Numbers given out by `add` are each had once, and rise in each thread. */
function tickets(random: Random): Loops {
  const threads = 2 + random.below(3);
  const width = random.pick(WIDTHS.filter(({ bits }) => bits >= 16));
  const times = 100 + random.below(300);
  const i64 = width.type === 'i64';
  const body = `(local.set $a ${i64 ? '(i32.wrap_i64 ' : ''}(${mnemonic(width, 'add')} ${addressed(random, 8)} ${constant(width, 1)})${i64 ? ')' : ''})
    (i32.store8 offset=${FREE} (local.get $a) (i32.add (i32.load8_u offset=${FREE} (local.get $a)) (i32.const 1)))
    (if (i32.lt_s (local.get $a) (local.get $b)) (then (local.set $v (i64.add (local.get $v) (i64.const 1)))))
    (local.set $b (local.get $a))`;
  return {
    threads,
    functions: range(threads, (thread) =>
      loop(thread, times, body, '(local.set $b (i32.const -1))', leaveCount(thread)),
    ),
    check: (memory) =>
      expectAll(memory, [
        ...range(
          threads * times,
          (i) => [`ticket ${i}`, FREE + i, 8, 1n] as [string, number, number, bigint],
        ),
        ...range(
          threads,
          (i) => ['falling', resultAt(i, 0), 64, 0n] as [string, number, number, bigint],
        ),
      ]),
  };
}

/** What each thread gets by `xchg` and what is left are all that was put there, and nothing twice. */
function exchanges(random: Random): Loops {
  const threads = 2 + random.below(3);
  const width = random.pick(WIDTHS.filter(({ bits }) => bits >= 32));
  const times = 100 + random.below(400);
  const i64 = width.type === 'i64';
  const value = (thread: number): string => {
    const text = `(i32.add (i32.const ${thread * times}) (local.get $i))`;
    return i64 ? `(i64.extend_i32_u ${text})` : text;
  };
  const body = (thread: number): string => {
    const old = `(${mnemonic(width, 'xchg')} ${addressed(random, 16)} ${value(thread)})`;
    return `(local.set $v (i64.add (local.get $v) ${i64 ? old : `(i64.extend_i32_u ${old})`}))`;
  };
  const all = threads * times;
  return {
    threads,
    functions: countingLoops(threads, times, body),
    check(memory) {
      const got = range(threads, (i) => integerAt(memory, resultAt(i, 0), 64));
      const sum = got.reduce((a, b) => a + b, integerAt(memory, 16, width.bits));
      const wanted = (BigInt(all) * BigInt(all + 1)) / 2n;
      return sum === wanted ? undefined : `exchanged ${sum}, not ${wanted}`;
    },
  };
}

/** A lock by `cmpxchg`, with or without waiting, around plain accesses. */
function lock(random: Random): Loops {
  const threads = 2 + random.below(3);
  const times = 100 + random.below(300);
  const width = WIDTHS[random.below(2)]!;
  const waits = random.below(3) > 0;
  const at = '(i32.const 24)';
  const c = (value: number): string => constant(width, value);
  const cas = (from: number, to: number) =>
    `(${mnemonic(width, 'cmpxchg')} ${at} ${c(from)} ${c(to)})`;
  const zero = `${width.type}.eqz`;
  const acquire = waits
    ? `(if (i32.eqz (${zero} ${cas(0, 1)})) (then (block $got (loop $try
        (br_if $got (${zero} (${mnemonic(width, 'xchg')} ${at} ${c(2)})))
        (drop (memory.atomic.wait${width.bits} ${at} ${c(2)} (i64.const -1)))
        (br $try)))))`
    : `(block $got (loop $try (br_if $got (${zero} ${cas(0, 1)})) ${PAUSE} (br $try)))`;
  const release = waits
    ? `(if (${width.type}.eq (${mnemonic(width, 'xchg')} ${at} ${c(0)}) ${c(2)})
        (then (drop (memory.atomic.notify ${at} (i32.const 1)))))`
    : `(${mnemonic(width, 'store')} ${at} ${c(0)})`;
  const body = `${acquire}
    (i64.store (i32.const ${FREE}) (i64.add (i64.load (i32.const ${FREE})) (i64.const 0x100000001)))
    (f64.store (i32.const ${FREE + 8}) (f64.add (f64.load (i32.const ${FREE + 8})) (f64.const 1)))
    (i32.store (i32.const ${FREE + 17}) (i32.add (i32.load (i32.const ${FREE + 17})) (i32.const 3)))
    (i32.store8 (i32.const ${FREE + 30}) (i32.add (i32.load8_u (i32.const ${FREE + 30})) (i32.const 1)))
    ${release}`;
  const total = BigInt(threads * times);
  const float = new DataView(new ArrayBuffer(8));
  float.setFloat64(0, Number(total));
  return {
    threads,
    functions: range(threads, (thread) => loop(thread, times, body)),
    check: (memory) =>
      expectAll(memory, [
        ['i64', FREE, 64, total * 0x100000001n],
        ['f64', FREE + 8, 64, float.getBigUint64(0)],
        ['unaligned', FREE + 17, 32, total * 3n],
        ['byte', FREE + 30, 8, total],
      ]),
  };
}

/** Two threads exclude each other by loads and stores alone (Peterson), which needs their order to be one for both. */
function peterson(random: Random): Loops {
  const times = 200 + random.below(500);
  const width = random.pick(WIDTHS);
  const c = (value: number): string => constant(width, value);
  const load = (at: number) => `(${mnemonic(width, 'load')} ${addressed(random, at)})`;
  const store = (at: number, value: number) =>
    `(${mnemonic(width, 'store')} ${addressed(random, at)} ${c(value)})`;
  const body = (own: number) => `${store(own * 8, 1)} ${store(64, 1 - own)}
    (block $in (loop $try
      (br_if $in (${width.type}.eqz ${load((1 - own) * 8)}))
      (br_if $in (${width.type}.ne ${load(64)} ${c(1 - own)}))
      ${PAUSE}
      (br $try)))
    (i32.store (i32.const ${FREE}) (i32.add (i32.load (i32.const ${FREE})) (i32.const 1)))
    (i64.store offset=1 (i32.const ${FREE + 8}) (i64.add (i64.load offset=1 (i32.const ${FREE + 8})) (i64.const 1)))
    ${store(own * 8, 0)}`;
  return {
    threads: 2,
    functions: [loop(0, times, body(0)), loop(1, times, body(1))],
    check: (memory) =>
      expectAll(memory, [
        ['counter', FREE, 32, BigInt(2 * times)],
        ['unaligned counter', FREE + 9, 64, BigInt(2 * times)],
      ]),
  };
}

/** Pairs of threads hand plain data on through rings of eight places. */
function rings(random: Random): Loops {
  const pairs = 1 + random.below(2);
  const times = 100 + random.below(500);
  const plain = random.pick(['i32', 'i64', 'f64']);
  const waits = random.below(2) === 0;
  const functions = range(pairs, (pair) => {
    const [full, empty, ring] = [pair * 16, pair * 16 + 64, FREE + pair * 128];
    const slot = `(i32.add (i32.const ${ring}) (i32.shl (i32.and (local.get $a) (i32.const 7)) (i32.const 3)))`;
    const value = {
      i32: '(local.get $a)',
      i64: '(i64.mul (i64.extend_i32_u (local.get $a)) (i64.const 0x123456789ab))',
      f64: '(f64.div (f64.convert_i32_u (local.get $a)) (f64.const 3))',
    }[plain];
    const wait = (word: number, seen: string) =>
      waits ? `(drop (memory.atomic.wait32 (i32.const ${word}) ${seen} (i64.const -1)))` : PAUSE;
    const tell = (
      word: number,
    ) => `(i32.atomic.store (i32.const ${word}) (local.tee $a (i32.add (local.get $a) (i32.const 1))))
      (drop (memory.atomic.notify (i32.const ${word}) (i32.const 1)))`;
    const seen = '(i32.wrap_i64 (local.get $v))';
    const await_ = (word: number, ready: string) => `(block $ready (loop $try
      (local.set $v (i64.atomic.load32_u (i32.const ${word})))
      (br_if $ready ${ready}) ${wait(word, seen)} (br $try)))`;
    const produce = `${await_(empty, `(i32.lt_u (i32.sub (local.get $a) ${seen}) (i32.const 8))`)}
      (${plain}.store ${slot} ${value}) ${tell(full)}`;
    const consume = `${await_(full, `(i32.ne ${seen} (local.get $a))`)}
      (if (${plain}.ne (${plain}.load ${slot}) ${value})
        (then (local.set $w (i64.add (local.get $w) (i64.const 1)))))
      ${tell(empty)}`;
    const after = `(i64.store (i32.const ${resultAt(2 * pair + 1, 0)}) (local.get $w))`;
    return [loop(2 * pair, times, produce), loop(2 * pair + 1, times, consume, '', after)];
  }).flat();
  return {
    threads: 2 * pairs,
    functions,
    check: (memory) =>
      expectAll(
        memory,
        range(
          pairs,
          (pair) =>
            ['wrong data', resultAt(2 * pair + 1, 0), 64, 0n] as [string, number, number, bigint],
        ),
      ),
  };
}

/** All wait for each other; in between each sees what the others have written. */
function barrier(random: Random): Loops {
  const threads = 2 + random.below(3);
  const times = 30 + random.below(60);
  const meet = `(local.set $a (i32.atomic.load (i32.const 72)))
    (if (i32.eq (i32.atomic.rmw.add (i32.const 64) (i32.const 1)) (i32.const ${threads - 1}))
      (then
        (i32.atomic.store (i32.const 64) (i32.const 0))
        (drop (i32.atomic.rmw.add (i32.const 72) (i32.const 1)))
        (drop (memory.atomic.notify (i32.const 72) (i32.const -1))))
      (else (loop $try
        (drop (memory.atomic.wait32 (i32.const 72) (local.get $a) (i64.const -1)))
        (br_if $try (i32.eq (i32.atomic.load (i32.const 72)) (local.get $a))))))`;
  const body = (thread: number) => `(i32.store (i32.const ${FREE + 64 * thread}) (local.get $i))
    ${meet}
    ${range(
      threads,
      (other) => `(if (i32.ne (i32.load (i32.const ${FREE + 64 * other})) (local.get $i))
      (then (local.set $v (i64.add (local.get $v) (i64.const 1)))))`,
    ).join('\n    ')}
    ${meet.replaceAll('$try', '$again')}`;
  return {
    threads,
    functions: countingLoops(threads, times, body),
    check: (memory) =>
      expectAll(memory, [
        ...range(
          threads,
          (i) => ['stale', resultAt(i, 0), 64, 0n] as [string, number, number, bigint],
        ),
        ['generations', 72, 32, BigInt(2 * times)],
      ]),
  };
}

/** No thread sees half of what another has stored. */
function tearing(random: Random): Loops {
  const threads = 2 + random.below(3);
  const times = 300 + random.below(700);
  const width = random.pick(WIDTHS);
  const [one, other] = [0n, -1n];
  const at = 8 * random.below(4);
  const local = width.type === 'i32' ? '$a' : '$w';
  const c = (value: bigint): string => constant(width, value);
  const mask = BigInt.asUintN(width.bits, other);
  const operation = random.pick(['store', 'xchg']);
  const write = (value: bigint): string => {
    const text = `(${mnemonic(width, operation)} ${addressed(random, at)} ${c(value)})`;
    return operation === 'store' ? text : `(drop ${text})`;
  };
  const writer = `${write(one)} ${write(other)}`;
  const reader = `(local.set ${local} (${mnemonic(width, 'load')} ${addressed(random, at)}))
    (if (i32.and (${width.type}.ne (local.get ${local}) ${c(one)}) (${width.type}.ne (local.get ${local}) ${c(mask)}))
      (then (local.set $v (i64.add (local.get $v) (i64.const 1)))))`;
  return {
    threads,
    functions: countingLoops(threads, times, (thread) => (thread === 0 ? writer : reader)),
    check: (memory) =>
      expectAll(
        memory,
        range(threads, (i) => ['torn', resultAt(i, 0), 64, 0n] as [string, number, number, bigint]),
      ),
  };
}

/** One thread lets the memory grow, the others use what they are told is there. */
function growing(random: Random): Loops {
  const threads = 2 + random.below(3);
  const most = 4 + random.below(12);
  const grower = `(drop (memory.grow (i32.const 1)))
    (i32.atomic.store (i32.const 8) (memory.size))
    (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))`;
  const user = (
    thread: number,
  ) => `(local.set $a (i32.shl (i32.atomic.load (i32.const 8)) (i32.const 16)))
    (if (local.get $a) (then
      (drop (i64.atomic.rmw.add (i32.sub (local.get $a) (i32.const 8)) (i64.const 1)))
      (i32.store16 (i32.sub (local.get $a) (i32.const ${16 + 4 * thread})) (local.get $i))
      (i32.store8 (i32.sub (local.get $a) (i32.const ${62 + 4 * thread})) (i32.const ${thread}))
      (if (i32.ne (i32.load16_u (i32.sub (local.get $a) (i32.const ${16 + 4 * thread}))) (local.get $i))
        (then (local.set $v (i64.add (local.get $v) (i64.const 1)))))
      (if (i32.gt_u (i32.atomic.load (i32.const 8)) (memory.size))
        (then (local.set $v (i64.add (local.get $v) (i64.const 1)))))))
    (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))`;
  const times = 400;
  return {
    threads,
    pages: [1, most],
    late: true,
    rounds: 20,
    functions: range(threads, (thread) =>
      loop(
        thread,
        thread === 0 ? most - 1 : times,
        thread === 0 ? grower : user(thread),
        thread === 0 ? '(call $go)' : '',
        leaveCount(thread),
      ),
    ),
    check: (memory) =>
      expectAll(memory, [
        ['pages', 8, 32, BigInt(most)],
        ['rounds', 16, 32, BigInt(most - 1 + times * (threads - 1))],
        ...range(
          threads,
          (i) => ['lost', resultAt(i, 0), 64, 0n] as [string, number, number, bigint],
        ),
      ]),
  };
}

/** Two threads wake each other in turn; a third waits for what nobody does. */
function turns(random: Random): Loops {
  const times = 50 + random.below(100);
  const width = WIDTHS[random.below(2)]!;
  const at = '(i32.const 40)';
  const local = width.type === 'i32' ? '$a' : '$w';
  const c = (value: number): string => constant(width, value);
  const turn = (own: number) => `(block $mine (loop $try
      (local.set ${local} (${mnemonic(width, 'load')} ${at}))
      (br_if $mine (${width.type}.eq (${width.type}.and (local.get ${local}) ${c(1)}) ${c(own)}))
      (drop (memory.atomic.wait${width.bits} ${at} (local.get ${local}) (i64.const -1)))
      (br $try)))
    (i64.store (i32.const ${FREE}) (i64.add (i64.load (i32.const ${FREE})) (i64.const 1)))
    (drop (${mnemonic(width, 'add')} ${at} ${c(1)}))
    (drop (memory.atomic.notify ${at} (i32.const ${1 + random.below(3)})))`;
  const late = `(local.set $v (i64.add (local.get $v) (i64.extend_i32_u
      (memory.atomic.wait${width.bits} (i32.const 80) ${c(0)} (i64.const 100000)))))
    (local.set $v (i64.add (local.get $v) (i64.extend_i32_u
      (memory.atomic.wait${width.bits} (i32.const 80) ${c(1)} (i64.const -1)))))`;
  return {
    threads: 3,
    functions: [
      loop(0, times, turn(0)),
      loop(1, times, turn(1)),
      loop(2, 20, late, '', `(i64.store (i32.const ${resultAt(2, 0)}) (local.get $v))`),
    ],
    check: (memory) =>
      expectAll(memory, [
        ['turns', FREE, 64, BigInt(2 * times)],
        ['waits', resultAt(2, 0), 64, 60n],
      ]),
  };
}

const KINDS: Record<string, (random: Random) => Loops> = {
  counters,
  tickets,
  exchanges,
  lock,
  peterson,
  rings,
  barrier,
  tearing,
  growing,
  turns,
};

/** The program of a seed that goes round. */
export function loops(seed: number): Program {
  const random = new Random(seed);
  const name = random.pick(Object.keys(KINDS));
  const { functions, late = false, pages = [1, 1], rounds, ...rest } = KINDS[name]!(random);
  return {
    name: late ? `${name}, late` : name,
    wat: moduleOf(pages, late, functions),
    rounds: rounds ?? (late ? 10 : 30),
    pages,
    late,
    ...rest,
  };
}
