/**
 * Which functions have a form on 64-bit words: what instructions are to it, and whether it pays. Gets bodies, gives counts;
 * each body of a module is looked at, and most are refused at one of their first instructions.
 */
import {
  type FuncDef,
  type FuncType,
  I32,
  I64,
  InstructionReader,
  type Module,
  OPCODES,
  opcodeName,
  type ValType,
} from '@wasm2js/decoder';

/** What becomes one instruction of a machine of 64 bits: of these what is five and more on halves; and what costs more in this form. */
const MACHINE = /^i64\.(and|or|xor|shl|shr_u)$/;
const CARRIES = /^i64\.(add|sub|mul|rotl|rotr)$/;
const COSTLY =
  /^(i32\.wrap_i64|i64\.(extend\w+|eqz|eq|ne|[lg][te]_[su]|shr_s|load\d\w+|store\d+))$/;
const PLAIN =
  /^(i32\.(eqz|eq|ne|[lg][te]_[su]|add|sub|mul|and|or|xor|shl|shr_[su]|rotl|rotr|load|load\d+_[su]|store|store\d+|const|clz)|i64\.(const|load|store)|local\.\w+|global\.[gs]et|drop|select|block|if|else|end|br|br_if|return|nop|unreachable)$/;

/** What an instruction is to the form, by opcode. */
enum Kind {
  Unsuited,
  Plain,
  Machine,
  Carries,
  Costly,
  Call,
  Loop,
}
const kindOf = (name: string): Kind => {
  if (name === 'call') return Kind.Call;
  if (name === 'loop') return Kind.Loop;
  if (MACHINE.test(name)) return Kind.Machine;
  if (CARRIES.test(name)) return Kind.Carries;
  if (COSTLY.test(name)) return Kind.Costly;
  return PLAIN.test(name) ? Kind.Plain : Kind.Unsuited;
};
let kinds: Uint8Array | undefined;

/** What instructions are to the form, looked up by number. */
function kindsOfAll(): Uint8Array {
  kinds ??= Uint8Array.from(OPCODES, (info, op) =>
    info === undefined ? Kind.Unsuited : kindOf(opcodeName(op)),
  );
  return kinds;
}

/** Instructions on words that make the form worth its text, in a function with loops and in one without, and how many each costly one must have beside it. */
const LEAST_WORDS = 10;
const LEAST_WITHOUT_LOOPS = 100;
const WORDS_TO_COSTLY = 6;
/** How many of them are sums, products or rotations at least, and one of how many: xoshiro has five, Keccak one of six; shifts and masks of streams of bits gain little. */
const LEAST_CARRIES = 5;
const WORDS_TO_CARRIES = 8;
/** Bytes of a body, with those it takes in: the form of a longer one is more bytecode than V8 optimises (60 KB), and all here may take longer than its length. */
const LONGEST = 20_000;
/** Bytes of a function that calls nothing, nor has loops, and is taken in: `__multi3` has 100. */
const LONGEST_LEAF = 200;

/** What there is in a body. */
interface Counts {
  loops: boolean;
  words: number;
  carries: number;
  costly: number;
  bytes: number;
}

/** The parameters and locals of a defined function. @returns nothing where some are of other types than integers, or there are too many */
export function localTypes(type: FuncType, { locals }: FuncDef): ValType[] | undefined {
  const types = [...type.params];
  for (const { count, type } of locals) {
    if (count > LONGEST) return undefined;
    for (let i = 0; i < count; i++) types.push(type);
  }
  return types.every((type) => type === I32 || type === I64) ? types : undefined;
}

/** Type and body of a defined function. @returns nothing for an imported one */
export function definedAs(
  module: Module,
  index: number,
): { type: FuncType; def: FuncDef } | undefined {
  const def = module.funcs[index - module.importCounts.func];
  return def && { type: module.types[module.funcTypes[index]!]!.comp as FuncType, def };
}

const LEAVES = new WeakMap<Module, Map<number, Counts | undefined>>();

/** What there is in a function that can be taken in. */
function leaf(module: Module, index: number): Counts | undefined {
  let known = LEAVES.get(module);
  if (known === undefined) LEAVES.set(module, (known = new Map()));
  if (!known.has(index)) known.set(index, countsOf(module, index, true));
  return known.get(index);
}

function countsOf(module: Module, index: number, isLeaf: boolean): Counts | undefined {
  const found = definedAs(module, index);
  if (found === undefined || found.type.results.length > 1) return undefined;
  const { type, def } = found;
  const { start, end } = def.body;
  const bytes = end - start;
  if (bytes > (isLeaf ? LONGEST_LEAF : LONGEST) || localTypes(type, def) === undefined)
    return undefined;
  const all = kindsOfAll();
  const reader = new InstructionReader(module.bytes, start, end);
  const counts: Counts = { loops: false, words: 0, carries: 0, costly: 0, bytes };
  while (reader.next()) {
    const kind = all[reader.op];
    if (kind === Kind.Unsuited) return undefined;
    if (kind === Kind.Machine || kind === Kind.Carries) counts.words++;
    if (kind === Kind.Carries) counts.carries++;
    if (kind === Kind.Costly) counts.costly++;
    if (kind === Kind.Loop) counts.loops = true;
    if (isLeaf && (kind === Kind.Call || kind === Kind.Loop)) return undefined;
    if (kind !== Kind.Call) continue;
    const called = leaf(module, reader.x);
    if (called === undefined) return undefined;
    counts.words += called.words;
    counts.carries += called.carries;
    counts.costly += called.costly;
    counts.bytes += called.bytes;
  }
  return counts;
}

/**
 * Has a function, with those it calls, only instructions that the form has, and does it pay?
 * @param any whether it pays or not
 */
export function suits(module: Module, index: number, any: boolean): boolean {
  const counts = countsOf(module, index, false);
  if (counts === undefined || counts.bytes > LONGEST) return false;
  // A word that comes or goes is put together or taken apart.
  const { params } = definedAs(module, index)!.type;
  const costly = counts.costly + 2 * params.filter((type) => type === I64).length;
  const { loops, words, carries } = counts;
  const pays =
    words >= (loops ? LEAST_WORDS : LEAST_WITHOUT_LOOPS) &&
    words >= costly * WORDS_TO_COSTLY &&
    carries >= LEAST_CARRIES &&
    words <= carries * WORDS_TO_CARRIES;
  return any || pays;
}
