/**
 * Straight programs of a few instructions a thread, of which all orders can be tried: random ones, and the shapes that
 * weak memories are known by.
 */
import { Random } from '../mutate/random.js';
import { keyOf, type Machine, outcomes, type Step } from './interleave.js';
import {
  addressed,
  integerAt,
  mnemonic,
  moduleOf,
  type Program,
  privateAt,
  resultAt,
  SHARED,
  WIDTHS,
  type Width,
} from './program.js';

/** An instruction of a thread: its text, which gives an i64 if it `gives` something, and its steps. */
interface Instruction {
  text: string;
  gives: boolean;
  steps: ((machine: Machine, result: (value: bigint) => void, last: () => bigint) => void)[];
  alone?: boolean;
}

function put(memory: Uint8Array, address: number, bits: number, value: bigint): void {
  for (let i = 0; i < bits / 8; i++) memory[address + i] = Number((value >> BigInt(8 * i)) & 255n);
}

const OPERATIONS: Record<string, (old: bigint, x: bigint) => bigint> = {
  add: (old, x) => old + x,
  sub: (old, x) => old - x,
  and: (old, x) => old & x,
  or: (old, x) => old | x,
  xor: (old, x) => old ^ x,
  xchg: (_, x) => x,
};

const VALUES = [
  0n,
  1n,
  2n,
  0x80n,
  0xffn,
  0x8000n,
  0xffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  -1n,
  -(1n << 63n),
];

const constant = ({ type }: Width, value: bigint): string =>
  `(${type}.const ${BigInt.asIntN(type === 'i32' ? 32 : 64, value)})`;
const wide = ({ type }: Width, text: string): string =>
  type === 'i64' ? text : `(i64.extend_i32_u ${text})`;

/** An atomic access. @param operands as many as the operation takes */
function access(
  random: Random,
  width: Width,
  address: number,
  operation: string,
  operands: bigint[] = [],
): Instruction {
  const { bits } = width;
  const values = operands.map((value) => constant(width, value)).join(' ');
  const text = `(${mnemonic(width, operation)} ${addressed(random, address)} ${values})`;
  const gives = operation !== 'store';
  const cut = (value: bigint): bigint => BigInt.asUintN(bits, value);
  const step = ({ memory }: Machine, result: (value: bigint) => void): void => {
    const old = integerAt(memory, address, bits);
    if (gives) result(old);
    if (operation === 'load') return;
    if (operation === 'cmpxchg') {
      if (old === cut(operands[0]!)) put(memory, address, bits, cut(operands[1]!));
    } else {
      const make = OPERATIONS[operation] ?? OPERATIONS['xchg']!;
      put(memory, address, bits, cut(make(old, operands[0]!)));
    }
  };
  return { text: gives ? wide(width, text) : text, gives, steps: [step] };
}

/** Something random that a thread does. @param grows may the memory grow? */
function instruction(
  random: Random,
  thread: number,
  widths: readonly Width[],
  grows: boolean,
): Instruction {
  const width = random.pick(widths);
  const words = random.pick([[0], [0, 8], [0, 8, 64]]);
  const address = random.pick(words) + random.below(64 / width.bits) * (width.bits / 8);
  const value = (): bigint => random.pick(VALUES);
  switch (random.below(grows ? 16 : 12)) {
    case 0:
    case 1:
    case 2:
      return access(random, width, address, 'load');
    case 3:
    case 4:
      return access(random, width, address, 'store', [value()]);
    case 5:
    case 6:
    case 7:
      return access(random, width, address, random.pick(Object.keys(OPERATIONS)), [value()]);
    case 8:
      return access(random, width, address, 'cmpxchg', [random.pick([0n, 1n, value()]), value()]);
    case 9:
      return waitFor(random, random.pick(words), value());
    case 10:
      return random.below(2) === 0
        ? { text: '(atomic.fence)', gives: false, steps: [] }
        : {
            text: `(drop (memory.atomic.notify ${addressed(random, address & -4)} (i32.const 5)))`,
            gives: false,
            steps: [],
          };
    case 11:
      return own(random, thread, value());
    case 12:
    case 13:
      return size;
    case 14:
      return growth(random);
    default:
      return far(random);
  }
}

/** Waits for no time: tells whether the value was another one (being woken is as good as being late). */
function waitFor(random: Random, address: number, expected: bigint): Instruction {
  const width = random.pick(WIDTHS.slice(0, 2));
  const name = `memory.atomic.wait${width.bits}`;
  const operands = `${addressed(random, address)} ${constant(width, expected)} (i64.const 0)`;
  return {
    text: `(i64.extend_i32_u (i32.eq (${name} ${operands}) (i32.const 1)))`,
    gives: true,
    steps: [
      ({ memory }, result) => {
        const same =
          integerAt(memory, address, width.bits) === BigInt.asUintN(width.bits, expected);
        result(same ? 0n : 1n);
      },
    ],
  };
}

/** Plain accesses to what no other thread touches, aligned or not. */
function own(random: Random, thread: number, value: bigint): Instruction {
  const address = privateAt(thread) + random.below(24);
  const other = privateAt(thread) + random.below(24);
  const store = `(i64.store ${addressed(random, address)} ${constant(WIDTHS[1]!, value)})`;
  const load = `(i64.load32_u ${addressed(random, other)})`;
  return {
    text: `(block (result i64) ${store} ${load})`,
    gives: true,
    alone: true,
    steps: [
      ({ memory }, result) => {
        put(memory, address, 64, BigInt.asUintN(64, value));
        result(integerAt(memory, other, 32));
      },
    ],
  };
}

const size: Instruction = {
  text: '(i64.extend_i32_u (memory.size))',
  gives: true,
  steps: [({ pages }, result) => result(BigInt(pages))],
};
const MOST_PAGES = 3;
const growth = (random: Random): Instruction => {
  const delta = random.below(3);
  return {
    text: `(i64.extend_i32_u (memory.grow (i32.const ${delta})))`,
    gives: true,
    steps: [
      (machine, result) => {
        const fits = machine.pages + delta <= MOST_PAGES;
        result(fits ? BigInt(machine.pages) : 0xffffffffn);
        if (fits) machine.pages += delta;
      },
    ],
  };
};
/** Where the memory is known to have grown, its second page is there. */
const far = (random: Random): Instruction => ({
  text: `(if (result i64) (i32.gt_u (memory.size) (i32.const 1))
      (then (i64.atomic.rmw.add ${addressed(random, 65536 + 8)} (i64.const 5))) (else (i64.const -1)))`,
  gives: true,
  steps: [
    ({ pages }, result) => result(pages > 1 ? THERE : NOT_THERE),
    (machine, result, last) => {
      if (last() !== THERE) return;
      result(machine.far);
      machine.far += 5n;
    },
  ],
});
const THERE = 2n ** 64n - 2n;
const NOT_THERE = 2n ** 64n - 1n;

/** The shapes, each a list of threads over two locations. */
function shape(random: Random): [string, Instruction[][]] {
  const [x, y] = [0, 64];
  const width = random.pick(WIDTHS);
  const operate = (address: number, name: string, ...values: bigint[]): Instruction =>
    access(random, width, address, name, values);
  const write = (address: number, value = 1n): Instruction =>
    operate(address, random.pick(['store', 'xchg']), value);
  const read = (address: number): Instruction =>
    random.below(3) === 0
      ? operate(address, random.pick(['add', 'or', 'xor']), 0n)
      : operate(address, 'load');
  const plain = (
    text: string,
    gives: boolean,
    step: Instruction['steps'][number],
  ): Instruction => ({
    text,
    gives,
    steps: [step],
  });
  const data = 32;
  const shapes: Record<string, () => Instruction[][]> = {
    'store buffer': () => [
      [write(x), read(y)],
      [write(y), read(x)],
    ],
    'store buffer with fences': () => {
      const fence: Instruction = { text: '(atomic.fence)', gives: false, steps: [] };
      return [
        [write(x), fence, read(y)],
        [write(y), fence, read(x)],
      ];
    },
    'message passing': () => [
      [
        plain(`(i32.store (i32.const ${data}) (i32.const 7))`, false, ({ memory }) =>
          put(memory, data, 32, 7n),
        ),
        write(y),
      ],
      [
        read(y),
        plain(`(i64.extend_i32_u (i32.load (i32.const ${data})))`, true, ({ memory }, result) =>
          result(integerAt(memory, data, 32)),
        ),
      ],
    ],
    'load buffer': () => [
      [read(x), write(y)],
      [read(y), write(x)],
    ],
    'independent reads': () => [[write(x)], [write(y)], [read(x), read(y)], [read(y), read(x)]],
    coherence: () => [
      [write(x, 1n)],
      [write(x, 2n)],
      [read(x), read(x), read(x)],
      [read(x), read(x)],
    ],
    'two writes': () => [
      [write(x, 1n), write(y, 2n)],
      [write(y, 1n), write(x, 2n)],
    ],
    'write to read': () => [[write(x)], [read(x), write(y)], [read(y), read(x)]],
  };
  const name = random.pick(Object.keys(shapes));
  return [name, shapes[name]!()];
}

/**
 * The straight program of a seed.
 * @param mixed may accesses of other widths overlap? Only processors that order all stores the same way for everybody have
 *   but the orders that are tried here
 */
export function litmus(seed: number, mixed: boolean): Program {
  const random = new Random(seed);
  const late = random.below(4) === 0;
  const grows = late && random.below(2) === 0;
  let [name, threads]: [string, Instruction[][]] = ['', []];
  if (!grows && random.below(2) === 0) [name, threads] = shape(random);
  else {
    const count = 2 + random.below(3);
    const most = [6, 4, 3][count - 2]!;
    const widths = mixed && random.below(2) === 0 ? WIDTHS : [random.pick(WIDTHS)];
    threads = Array.from({ length: count }, (_, thread) =>
      Array.from({ length: 1 + random.below(most) }, () =>
        instruction(random, thread, widths, grows),
      ),
    );
    name = 'straight';
  }
  const first = threads[0]!;
  const go = late ? random.below(first.length + 1) : 0;
  const functions = threads.map((list, thread) => functionOf(random, list, thread, late ? go : -1));
  const steps = threads.map(stepsOf);
  const begin = stepsOf(first.slice(0, go), 0).length;
  const pages: [number, number] = grows ? [1, MOST_PAGES] : [1, 1];
  let wanted: Set<string> | undefined;
  return {
    name: `${name}${late ? ', late' : ''}`,
    wat: moduleOf(pages, late, functions),
    threads: threads.length,
    rounds: late ? 30 : 1500,
    pages,
    late,
    check(memory) {
      wanted ??= outcomes(steps, pages[0], late ? begin : 0);
      if (wanted.has(keyOf(memory))) return undefined;
      const results = threads.map((list, thread) =>
        list
          .filter(({ gives }) => gives)
          .map((_, i) => integerAt(memory, resultAt(thread, i), 64).toString(16)),
      );
      const shared = Array.from({ length: SHARED / 8 }, (_, i) =>
        integerAt(memory, i * 8, 64).toString(16),
      );
      return `no order of the steps gives ${results.map((list) => list.join()).join(' | ')}, memory ${shared.join()}`;
    },
  };
}

/** The text of a thread. Results are stored at once, or all at the end. */
function functionOf(random: Random, list: Instruction[], thread: number, go: number): string {
  const atEnd = random.below(2) === 0;
  const lines: string[] = [];
  const stores: string[] = [];
  let results = 0;
  list.forEach(({ text, gives }, i) => {
    if (thread === 0 && i === go) lines.push('(call $go)');
    if (!gives) lines.push(text);
    else if (atEnd) {
      lines.push(`(local.set $r${results} ${text})`);
      stores.push(`(i64.store (i32.const ${resultAt(thread, results)}) (local.get $r${results}))`);
      results++;
    } else lines.push(`(i64.store (i32.const ${resultAt(thread, results++)}) ${text})`);
  });
  if (thread === 0 && go === list.length) lines.push('(call $go)');
  const locals = stores.map((_, i) => `(local $r${i} i64)`).join(' ');
  return `(func (export "t${thread}") ${locals}\n  ${[...lines, ...stores].join('\n  ')})`;
}

function stepsOf(list: Instruction[], thread: number): Step[] {
  let results = 0;
  return list.flatMap(({ gives, steps, alone }) => {
    const at = resultAt(thread, gives ? results++ : results);
    return steps.map((step) => ({
      alone: alone === true,
      run: (machine: Machine) =>
        step(
          machine,
          (value) => put(machine.memory, at, 64, BigInt.asUintN(64, value)),
          () => integerAt(machine.memory, at, 64),
        ),
    }));
  });
}
