/**
 * A function's instructions as a tree, for its form on 64-bit words (`twin.ts`). Gets a body, gives the tree,
 * in which small functions stand in place of calls of them, with what is assigned in each construct and which words are
 * live at its label; nothing for a function that has no such form.
 */
import {
  BLOCK_EMPTY,
  BLOCK_VALUE,
  type FuncDef,
  I32,
  I64,
  InstructionReader,
  type Module,
  opcodeName,
  type ValType,
} from '@wasm2js/decoder';
import { definedAs, localTypes, suits } from './suits.js';

/** An instruction, or a construct with what is in it. */
export interface Item {
  name: string;
  /** The index that it has: local, global, label. */
  x: number;
  lo: number;
  hi: number;
  offset: number;
  body: Item[];
  alt: Item[];
  results: ValType[];
  /** Locals of 64 bits that are assigned within. */
  assigned: Set<number>;
  /** Those that are live at its label. */
  live: ReadonlySet<number>;
  /** Of a loop: those that are live behind it. */
  behind: ReadonlySet<number>;
}

/** A function's tree. */
export interface Tree {
  items: Item[];
  /** Types of parameters and locals. */
  types: ValType[];
  /** Locals of 64 bits that are read before anything is assigned to them. */
  live: ReadonlySet<number>;
}

/** How deep constructs may nest, and loops among them: all here recurses, and what is live at an inner loop is found anew in each look at the outer. */
const DEEPEST = 100;
const DEEPEST_LOOP = 6;

class Unsuited extends Error {}

/**
 * Reads a function, with the small ones that it calls.
 * @param index function index, imports included
 * @param any also one for which the form does not pay?
 */
export function readTree(module: Module, index: number, any: boolean): Tree | undefined {
  if (!suits(module, index, any)) return undefined;
  const reader = new TreeReader(module);
  try {
    const items = reader.function(index);
    const { types } = reader;
    findAssigned(items, types, new Set());
    return { items, types, live: findLive(items, types, new Set(), [new Set()]) };
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

const item = (name: string, more: Partial<Item> = {}): Item => ({
  name,
  x: 0,
  lo: 0,
  hi: 0,
  offset: 0,
  body: [],
  alt: [],
  results: [],
  assigned: new Set(),
  live: new Set(),
  behind: new Set(),
  ...more,
});

class TreeReader {
  /** Types of parameters and locals, behind them those of what is taken in. */
  readonly types: ValType[] = [];
  /** Where the locals of what is taken in begin: no two of the same are at work at a time. */
  private readonly bases = new Map<number, number>();
  private depth = 0;
  private loops = 0;

  constructor(private readonly module: Module) {}

  /** A function's instructions; its locals are the next ones. */
  function(index: number): Item[] {
    const { type, def } = definedAs(this.module, index)!;
    this.types.push(...localTypes(type, def)!);
    return this.body(def, 0, false).items;
  }

  /** A body whose locals begin at one. @returns whether something in it leads to its end, which is a label then */
  private body(
    { body }: FuncDef,
    base: number,
    isTaken: boolean,
  ): { items: Item[]; leaves: boolean } {
    const reader = new InstructionReader(this.module.bytes, body.start, body.end);
    const outside = this.depth;
    let leaves = false;
    const list = (): { items: Item[]; otherwise: boolean } => {
      const items: Item[] = [];
      for (;;) {
        if (!reader.next()) return { items, otherwise: false };
        const name = opcodeName(reader.op);
        if (name === 'end' || name === 'else') return { items, otherwise: name === 'else' };
        if (name === 'call') items.push(...this.taken(reader.x));
        else items.push(construct(name));
      }
    };
    const construct = (name: string): Item => {
      const { x, lo, hi, memOffset: offset, blockKind, blockType } = reader;
      const inside = this.depth - outside;
      if (name === 'return' && isTaken) {
        leaves = true;
        return item('br', { x: inside });
      }
      if (name.startsWith('br') && x === inside) leaves = true;
      const made = item(name, { x: name.startsWith('local.') ? x + base : x, lo, hi, offset });
      if (name !== 'block' && name !== 'loop' && name !== 'if') return made;
      if (blockKind !== BLOCK_EMPTY && blockKind !== BLOCK_VALUE) throw new Unsuited();
      if (blockKind === BLOCK_VALUE) made.results.push(blockType);
      if (made.results.some((type) => type !== I32 && type !== I64)) throw new Unsuited();
      const loop = name === 'loop' ? 1 : 0;
      this.depth++;
      this.loops += loop;
      if (this.depth > DEEPEST || this.loops > DEEPEST_LOOP) throw new Unsuited();
      const { items, otherwise } = list();
      made.body = items;
      if (otherwise) made.alt = list().items;
      this.depth--;
      this.loops -= loop;
      return made;
    };
    const { items } = list();
    return { items, leaves };
  }

  /** What a function does that is called: its arguments are on the stack, its result will be. */
  private taken(index: number): Item[] {
    const { type, def } = definedAs(this.module, index)!;
    const types = localTypes(type, def)!;
    let base = this.bases.get(index);
    if (base === undefined) {
      base = this.types.length;
      this.bases.set(index, base);
      this.types.push(...types);
    }
    const items: Item[] = [];
    for (let i = type.params.length - 1; i >= 0; i--)
      items.push(item('local.set', { x: base + i }));
    for (let i = type.params.length; i < types.length; i++)
      items.push(
        item(types[i] === I64 ? 'i64.const' : 'i32.const'),
        item('local.set', { x: base + i }),
      );
    const { items: body, leaves } = this.body(def, base, true);
    if (!leaves) return [...items, ...body];
    return [...items, item('block', { body, results: [...type.results] })];
  }
}

/** Notes in each construct, and adds to `all`, what is assigned. */
function findAssigned(items: Item[], types: readonly ValType[], all: Set<number>): void {
  for (const { name, x, body, alt, assigned } of items) {
    if ((name === 'local.set' || name === 'local.tee') && types[x] === I64) all.add(x);
    findAssigned(body, types, assigned);
    findAssigned(alt, types, assigned);
    for (const local of assigned) all.add(local);
  }
}

/** How many instructions there are, those in constructs included. */
export const sizeOf = (items: readonly Item[]): number =>
  items.reduce((sum, { body, alt }) => sum + 1 + sizeOf(body) + sizeOf(alt), 0);

/**
 * Notes in each construct what is live at its label.
 * @param behind locals of 64 bits that are live behind the items
 * @param labels those that are live at labels around them, innermost first
 * @returns what is live before them
 */
export function findLive(
  items: readonly Item[],
  types: readonly ValType[],
  behind: ReadonlySet<number>,
  labels: readonly ReadonlySet<number>[],
): Set<number> {
  let live = new Set(behind);
  for (const item of [...items].reverse()) {
    switch (item.name) {
      case 'local.get':
        if (types[item.x] === I64) live.add(item.x);
        break;
      case 'local.set':
      case 'local.tee':
        live.delete(item.x);
        break;
      case 'block':
      case 'if': {
        item.live = live;
        const inside = [live, ...labels];
        const alt = item.name === 'if' ? findLive(item.alt, types, live, inside) : [];
        live = new Set([...findLive(item.body, types, live, inside), ...alt]);
        break;
      }
      case 'loop': {
        const head = new Set<number>();
        item.behind = live;
        for (let size = -1; size !== head.size; ) {
          size = head.size;
          for (const x of findLive(item.body, types, live, [head, ...labels])) head.add(x);
        }
        item.live = head;
        live = new Set(head);
        break;
      }
      case 'br':
        live = new Set(labels[item.x]);
        break;
      case 'br_if':
        for (const x of labels[item.x] ?? []) live.add(x);
        break;
      case 'return':
      case 'unreachable':
        live = new Set();
        break;
      default:
    }
  }
  return live;
}
