/** Runs a module by our output and by the engine's own WebAssembly and tells the first difference. */

import { isRef, type Module, UnsupportedError, type ValType } from '@wasm2js/decoder';
import { Random } from '../mutate/random.js';
import { ENGINES, type Engine, type Instantiate, loadModule } from '../run/pipeline.js';
import { exportType, type GlobalClass, Host, show } from './host.js';
import { exportState, STATE } from './instrument.js';
import { classOf, EXHAUSTED } from './traps.js';

/** How a comparison ends. */
export interface Comparison {
  outcome: 'equal' | 'different' | 'inconclusive' | 'unsupported';
  detail: string;
  /** Calls that were compared. */
  calls: number;
}

/** Argument tuples for each function. */
const TUPLES = 4;

const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const INTS = [0, 1, -1, 2, 31, 32, 0x7fffffff, -0x80000000, 255, 65536, -65536];
const LONGS = [0n, 1n, -1n, 1n << 32n, -(1n << 63n), (1n << 63n) - 1n, 0xffff_ffffn, 63n];
const FLOATS = [
  0,
  -0,
  1,
  -1.5,
  0.1,
  2147483648,
  -2147483649,
  1.8446744073709552e19,
  Infinity,
  5e-324,
  3.5e38,
];

function argument(type: ValType, random: Random): unknown {
  const special = random.below(3) > 0;
  if (isRef(type)) return null;
  if (type === I64) {
    if (special) return random.pick(LONGS);
    return BigInt.asIntN(64, (BigInt(random.bits()) << 32n) | BigInt(random.bits()));
  }
  if (type === F32 || type === F64) {
    return special ? random.pick(FLOATS) : (random.bits() - 2 ** 31) / 2 ** random.below(40);
  }
  return special ? random.pick(INTS) : random.bits() | 0;
}

/** What `compare` tells before a call: the side that runs. */
export const NATIVE = 1;
export const OURS = 2;

/**
 * Compares all exports of a module; `seed` chooses the arguments.
 * @param twin what we compile in its place: a module that must do the same and that engines do not know
 */
export function compare(
  bytes: Uint8Array,
  seed: number,
  progress: (side: number) => void = () => undefined,
  twin = bytes,
): Comparison {
  const [module, other] = [bytes, twin].map((of) => loadModule(exportState(of, seed % 2 === 1)));
  const ours = compiled(other!, 'wasm2js');
  const native = compiled(module!, 'native');
  if (typeof ours === 'string') return { outcome: 'unsupported', detail: ours, calls: 0 };
  if (typeof native === 'string') return { outcome: 'inconclusive', detail: native, calls: 0 };
  const { Global } = (globalThis as unknown as { WebAssembly: { Global: GlobalClass } })
    .WebAssembly;
  const left = new Side(module!, native, Global, () => progress(NATIVE));
  const right = new Side(other!, ours, ours.Global ?? Global, () => progress(OURS));
  return new Comparer(module!, left, right).run(new Random(seed));
}

/** A module made ready by an engine, or why it cannot be. */
function compiled(
  module: Module,
  engine: Engine,
): (Instantiate & { Global?: GlobalClass }) | string {
  try {
    return ENGINES[engine](module);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return error.message;
  }
}

/** An instance with its host. */
class Side {
  readonly host: Host;

  constructor(
    module: Module,
    private readonly instantiate: Instantiate,
    Global: GlobalClass,
    private readonly tell: () => void,
  ) {
    this.host = new Host(module, Global);
  }

  start(): string {
    return this.outcome(() => {
      this.host.exports = this.instantiate(this.host.imports());
    });
  }

  call(name: string, args: unknown[]): string {
    return this.outcome(() =>
      (this.host.exports[name] as (...args: unknown[]) => unknown)(...args),
    );
  }

  private outcome(action: () => unknown): string {
    this.host.begin();
    this.tell();
    try {
      return show(action());
    } catch (error) {
      return `! ${this.host.thrown(error)}`;
    }
  }
}

class Comparer {
  private calls = 0;

  constructor(
    private readonly module: Module,
    private readonly native: Side,
    private readonly ours: Side,
  ) {}

  run(random: Random): Comparison {
    const start = this.step('instantiate', this.native.start(), this.ours.start());
    if (start) return start;
    if (this.native.host.exports === undefined || !Object.keys(this.native.host.exports).length) {
      return this.end('equal', '');
    }
    for (const { name, kind } of this.module.exports) {
      if (kind !== 'func') continue;
      const { params } = exportType(this.module, name);
      for (let i = 0; i < (params.length ? TUPLES : 2); i++) {
        const args = params.map((type) => argument(type, random));
        const native = this.native.call(name, args);
        const ended = this.step(
          `${name}(${args.map(show).join(', ')})`,
          native,
          this.ours.call(name, args),
        );
        if (ended) return ended;
      }
    }
    return this.end('equal', '');
  }

  private end(outcome: Comparison['outcome'], detail: string): Comparison {
    return { outcome, detail, calls: this.calls };
  }

  /** Compares an outcome, the logs and the state; undefined when all is equal. */
  private step(what: string, native: string, ours: string): Comparison | undefined {
    this.calls++;
    const differs = (part: string, a: string, b: string) =>
      this.end('different', `${what}: ${part}: native ${a}, ours ${b}`);
    if ([native, ours].some((outcome) => outcome.includes(EXHAUSTED))) {
      return native === ours || native.includes(EXHAUSTED)
        ? this.end('inconclusive', `${what}: ${EXHAUSTED}`)
        : differs('outcome', native, ours);
    }
    if (native !== ours) return differs('outcome', native, ours);
    const [a, b] = [this.native.host.log.splice(0), this.ours.host.log.splice(0)];
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if (a[i] !== b[i]) return differs(`log entry ${i}`, `${a[i]}`, `${b[i]}`);
    }
    return this.state(differs);
  }

  private state(
    differs: (part: string, a: string, b: string) => Comparison,
  ): Comparison | undefined {
    for (const { name, kind } of this.module.exports) {
      const [a, b] = [this.native, this.ours].map(({ host }) => host.exports[name]);
      if (a === undefined && b === undefined) continue;
      const [left, right] =
        kind === 'memory' ? memoryTexts(a, b) : [stateText(kind, a), stateText(kind, b)];
      if (left !== right) return differs(name.replace(STATE, ''), left!, right!);
    }
    return undefined;
  }
}

/** The value of a global; the elements of a table by kind. */
function stateText(kind: string, value: unknown): string {
  if (kind === 'global') {
    try {
      return show((value as { value: unknown }).value);
    } catch (error) {
      // A v128 or an exception reference cannot be looked at.
      return `! ${classOf(error)}`;
    }
  }
  if (kind !== 'table') return '';
  const table = value as { length: number; get(index: number): unknown };
  return Array.from({ length: table.length }, (_, i) => show(table.get(i))).join(',');
}

/** Sizes of two memories and the first byte that differs. */
function memoryTexts(a: unknown, b: unknown): [string, string] {
  const [left, right] = [a, b].map((memory) =>
    Buffer.from((memory as { buffer: ArrayBuffer }).buffer),
  );
  if (left!.length !== right!.length) return [`${left!.length} bytes`, `${right!.length} bytes`];
  if (left!.equals(right!)) return ['', ''];
  const at = left!.findIndex((byte, i) => byte !== right![i]);
  return [`[${at}] = ${left![at]}`, `[${at}] = ${right![at]}`];
}
