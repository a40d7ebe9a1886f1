/**
 * A function's instructions as a tree, for its form on 64-bit words (`twin.ts`). Gets a body, gives the tree with what is
 * assigned in each construct and which words are live at its label; nothing for a function that has no such form.
 */
import {
  BLOCK_EMPTY,
  BLOCK_VALUE,
  type FuncDef,
  I32,
  I64,
  InstructionReader,
  OPCODES,
  opcodeName,
  type Range,
  type ValType,
} from '@wasm2js/decoder';

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

/** What becomes one instruction of a machine of 64 bits, and what costs more in this form. */
const MACHINE = /^i64\.(add|sub|mul|and|or|xor|shl|shr_u|rotl|rotr)$/;
const COSTLY =
  /^(i32\.wrap_i64|i64\.(extend\w+|eqz|eq|ne|[lg][te]_[su]|shr_s|load\d\w+|store\d+))$/;
const PLAIN =
  /^(i32\.(eqz|eq|ne|[lg][te]_[su]|add|sub|mul|and|or|xor|shl|shr_[su]|rotl|rotr|load|load\d+_[su]|store|store\d+|const|clz)|i64\.(const|load|store)|local\.\w+|global\.[gs]et|drop|select|block|loop|if|else|end|br|br_if|return|nop|unreachable)$/;

/** What an instruction is to the form, by opcode. */
enum Kind {
  Unsuited,
  Plain,
  Machine,
  Costly,
}
const kindOf = (name: string): Kind => {
  if (MACHINE.test(name)) return Kind.Machine;
  if (COSTLY.test(name)) return Kind.Costly;
  return PLAIN.test(name) ? Kind.Plain : Kind.Unsuited;
};
let kinds: Uint8Array | undefined;

/** What instructions are to the form, looked up by number: each body of a module is looked at. */
function kindsOfAll(): Uint8Array {
  kinds ??= Uint8Array.from(OPCODES, (info, op) =>
    info === undefined ? Kind.Unsuited : kindOf(opcodeName(op)),
  );
  return kinds;
}

/** Instructions on words that make the form worth its text, and how many each costly one must have beside it. */
const LEAST_WORDS = 10;
const WORDS_TO_COSTLY = 6;
/** How deep constructs may nest, and loops among them: all here recurses, and what is live at an inner loop is found anew in each look at the outer. */
const DEEPEST = 100;
const DEEPEST_LOOP = 6;
/** Bytes of a body: the form of a longer one is more bytecode than V8 optimises (60 KB), and all here may take longer than its length. */
const LONGEST = 20_000;

class Unsuited extends Error {}

/** Has a body only instructions that the form has, and does it pay? Most are refused at one of their first. */
function suitable(
  bytes: Uint8Array,
  { start, end }: Range,
  params: readonly ValType[],
  any: boolean,
): boolean {
  if (!any && end - start < 2 * LEAST_WORDS) return false;
  const found = kindsOfAll();
  const reader = new InstructionReader(bytes, start, end);
  let words = 0;
  // A word that comes or goes is put together or taken apart.
  let costly = 2 * params.filter((type) => type === I64).length;
  while (reader.next()) {
    const kind = found[reader.op];
    if (kind === Kind.Unsuited) return false;
    if (kind === Kind.Machine) words++;
    if (kind === Kind.Costly) costly++;
  }
  return any || (words >= LEAST_WORDS && words >= costly * WORDS_TO_COSTLY);
}

/**
 * Reads a body.
 * @param params types of the function's parameters
 * @param any also what the form does not pay for?
 */
export function readTree(
  bytes: Uint8Array,
  { body, locals }: FuncDef,
  params: readonly ValType[],
  any: boolean,
): Tree | undefined {
  if (body.end - body.start > LONGEST) return undefined;
  const types = [...params];
  for (const { count, type } of locals) {
    if (count > LONGEST) return undefined;
    for (let i = 0; i < count; i++) types.push(type);
  }
  if (types.some((type) => type !== I32 && type !== I64)) return undefined;
  if (!suitable(bytes, body, params, any)) return undefined;
  const reader = new InstructionReader(bytes, body.start, body.end);
  let depth = 0;
  let loops = 0;
  const list = (): { items: Item[]; otherwise: boolean } => {
    const items: Item[] = [];
    for (;;) {
      if (!reader.next()) return { items, otherwise: false };
      const name = opcodeName(reader.op);
      if (name === 'end' || name === 'else') return { items, otherwise: name === 'else' };
      items.push(construct(name));
    }
  };
  const construct = (name: string): Item => {
    const { x, lo, hi, memOffset: offset, blockKind, blockType } = reader;
    const item: Item = {
      name,
      x,
      lo,
      hi,
      offset,
      body: [],
      alt: [],
      results: [],
      assigned: new Set(),
      live: new Set(),
      behind: new Set(),
    };
    if (name !== 'block' && name !== 'loop' && name !== 'if') return item;
    if (blockKind !== BLOCK_EMPTY && blockKind !== BLOCK_VALUE) throw new Unsuited();
    if (blockKind === BLOCK_VALUE) item.results.push(blockType);
    if (item.results.some((type) => type !== I32 && type !== I64)) throw new Unsuited();
    const loop = name === 'loop' ? 1 : 0;
    depth++;
    loops += loop;
    if (depth > DEEPEST || loops > DEEPEST_LOOP) throw new Unsuited();
    const { items, otherwise } = list();
    item.body = items;
    if (otherwise) item.alt = list().items;
    depth--;
    loops -= loop;
    return item;
  };
  let items: Item[];
  try {
    ({ items } = list());
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
  findAssigned(items, types, new Set());
  return { items, types, live: findLive(items, types, new Set(), [new Set()]) };
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

/** Notes in each construct what is live at its label. @returns what is live before the items */
function findLive(
  items: Item[],
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
