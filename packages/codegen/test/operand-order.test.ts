/**
 * The order of evaluation where an operand changes what another operand or the instruction itself reads:
 * generated functions (operand-order.ts), compared with the engine's own WebAssembly, call by call.
 */
import { parse } from '@bytecodealliance/jco';
import { expect, test } from 'vitest';
import { build, evaluate, type Loaded, load } from './building.js';
import { caseText } from './cases.js';
import { ALL, HOST_CHANGES, operandOrderModules, type Setting } from './operand-order.js';

test('the callee of an indirect call is read after the arguments', async () => {
  const { set, grow } = await load(caseText('call-indirect-order.wat'));
  expect(set()).toBe(2);
  expect(grow()).toBe(2);
});

/** Kinds of traps: which of them a call ends with must be the same. */
const KINDS: [RegExp, string][] = [
  [/divide by zero|remainder by zero/, 'divide by zero'],
  [/null function reference|dereferencing a null|divide result unrepresentable/, 'null reference'],
  [/invalid conversion|integer overflow|float unrepresentable/, 'number'],
  [/unreachable/, 'unreachable'],
  [/out of bounds memory|memory access out of bounds/, 'memory'],
  [/table index is out of bounds|table access|undefined element|element segment/, 'table'],
  [/null function|signature mismatch|uninitialized element|indirect call type/, 'indirect call'],
];

function kindOf(error: unknown): string {
  const { name, message } = error as Error;
  if (error instanceof RangeError) return 'RangeError';
  if (name !== 'RuntimeError') return `${name}: ${message}`;
  return KINDS.find(([pattern]) => pattern.test(message))?.[1] ?? `trap: ${message}`;
}

/** One side of a comparison. */
class Side {
  readonly log: unknown[] = [];
  exports: Loaded;
  private readonly names = new Map<unknown, string>();

  constructor(
    make: (imports: Loaded) => Loaded,
    classes: Loaded,
    { place, wide }: Omit<Setting, 'plain'>,
  ) {
    const size = (n: number): unknown => (wide ? BigInt(n) : n);
    const address = wide ? { address: 'i64' } : {};
    const imported =
      place !== 'imported'
        ? {}
        : {
            mem: new classes.Memory({ initial: size(1), maximum: size(4), ...address }),
            t: new classes.Table({
              initial: size(8),
              maximum: size(12),
              element: 'anyfunc',
              ...address,
            }),
            g: new classes.Global({ value: 'i32', mutable: true }, 7),
            gl: new classes.Global({ value: 'i64', mutable: true }, 0x600000005n),
            gd: new classes.Global({ value: 'f64', mutable: true }, 1.5),
          };
    this.exports = make({
      e: {
        ...imported,
        see: (...args: unknown[]) => {
          this.log.push(args);
          return 5;
        },
        change: (k: number, v: number) => {
          this.log.push(k);
          this.change(HOST_CHANGES[k]!, size);
          return v;
        },
        again: (k: number, v: number) => this.exports[`do_${ALL[k]}`](v),
      },
    });
    for (const [name, value] of Object.entries(this.exports))
      if (typeof value === 'function') this.names.set(value, name);
  }

  private change(name: (typeof HOST_CHANGES)[number], size: (n: number) => unknown): void {
    const { t, mem, g, gl, gd, gr, new: made, newmix, newfl } = this.exports;
    if (name === 'set')
      for (const [i, f] of [made, null, newmix, newfl].entries()) t.set(size(i), f);
    else if (name === 'fill') for (let i = 0; i < 4; i++) t.set(size(i), null);
    else if (name === 'grow') t.grow(size(1), made);
    else if (name === 'mgrow') mem.grow(size(1));
    else if (name === 'store') new Uint8Array(mem.buffer).fill(0x55, 14, 30);
    else if (name === 'gset') {
      g.value = 31;
      gl.value = -5n;
      gd.value = 8.25;
      gr.value = made;
    } else throw new Error('thrown by the host');
  }

  private show(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map((item) => this.show(item)).join()}]`;
    if (typeof value === 'function') return this.names.get(value) ?? 'function';
    return Object.is(value, -0) ? '-0' : `${value}`;
  }

  /** What a call gives, or how it ends. */
  call(name: string): string {
    try {
      return this.show(this.exports[name](1));
    } catch (error) {
      return kindOf(error);
    }
  }

  /** All that can be seen of the state. */
  state(): string {
    const { exports } = this;
    const sizes = exports.sizes();
    const memory = [0, 8, 16, 24, 32, 40, 48, 56].map((at) => exports.peek(at));
    if (exports.pages() > 1) memory.push(exports.peek(65536), exports.peek(65544));
    const elements = Array.from({ length: sizes[0] }, (_, i) => exports.element(i));
    return this.show([
      exports.pages(),
      sizes,
      memory,
      elements,
      exports.globals(),
      this.log,
      this.call('segments'),
      this.call('elements'),
    ]);
  }
}

const assemble = async (text: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await parse(text));

/** Does this engine have typed references and addresses of 64 bits itself? */
const typed = WebAssembly.validate(
  await assemble('(module (type $v (func)) (func (param (ref null $v)) local.get 0 call_ref $v))'),
);
const wideEngine = WebAssembly.validate(
  await assemble('(module (memory i64 1) (table i64 1 funcref))'),
);

const settings = (['inside', 'exported', 'imported'] as const).flatMap((place) =>
  [false, true].map((wide) => ({ place, wide })),
);

for (const setting of settings) {
  const { place, wide } = setting;
  const title = `operands that change state: ${place}${wide ? ', 64-bit addresses' : ''}`;
  test(title, { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { text, plain, cases } of operandOrderModules(setting, wide ? 150 : 500)) {
      const direct = typed && (!wide || wideEngine);
      const module = new WebAssembly.Module(await assemble(direct ? text : plain));
      const { instantiate } = evaluate((await build(text)).chunks.join(''));
      const native = (): Side =>
        new Side((imports) => new WebAssembly.Instance(module, imports).exports, WebAssembly, {
          place,
          wide: wide && direct,
        });
      for (const [i, { name, about }] of cases.entries()) {
        const sides = [native(), new Side(instantiate, instantiate, setting)] as const;
        // The first call, cold; now and then some hundred more.
        const rounds = i % 40 === 0 ? 300 : 2;
        for (let round = 0; round < rounds; round++) {
          const [right, found] = sides.map((side) => side.call(name));
          compared++;
          if (right === found) continue;
          wrong.push(`${about} (call ${round + 1}): ${found}, not ${right}`);
          break;
        }
        const [right, found] = sides.map((side) => side.state());
        if (right !== found) wrong.push(`${about}: state ${found}, not ${right}`);
      }
    }
    expect(compared).toBeGreaterThan(1000);
    expect(wrong.slice(0, 40), `${wrong.length} of ${compared}`).toEqual([]);
  });
}
