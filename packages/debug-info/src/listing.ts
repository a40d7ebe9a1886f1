/**
 * Places in a listing of the module itself, for code without debugging information: each instruction is a line of
 * text in the notation of the text format, in front of it its offset. Large listings are made twice, piece by
 * piece, and never kept.
 */
import {
  BLOCK_EMPTY,
  BLOCK_VALUE,
  type FuncDef,
  formatCompType,
  formatExternType,
  formatHeapType,
  formatValType,
  heapOf,
  InstructionReader,
  type Module,
  OPCODES,
  opcodeName,
} from '@wasm2js/decoder';
import { lastUpTo } from './dwarf-lines.js';
import type { Places } from './places.js';

const INDENT = '  ';
/** Deeper instructions are not moved to the right any more. */
const MOST_INDENT = 30;
/** So many characters are joined to a piece. */
const PIECE = 1 << 16;

/** Places of a valid module in a listing of it. */
export class ListingPlaces implements Places {
  readonly kind = 'listing';
  readonly sources: readonly string[];
  readonly contents: readonly Iterable<string>[];
  /** By function: its first line. */
  private readonly first = new Map<FuncDef, number>();
  /** The function that was asked for last, and the offsets of its instructions. */
  private current: FuncDef | undefined;
  private offsets = new Uint32Array(0);
  source = 0;
  line = 0;
  column = 0;
  readonly name: undefined;

  /**
   * @param module decoded and valid
   * @param name what the listing is called
   */
  constructor(
    private readonly module: Module,
    name: string,
  ) {
    this.sources = [name];
    this.contents = [{ [Symbol.iterator]: () => pieces(lines(module)) }];
    let line = head(module).length;
    for (const func of module.funcs) {
      const { body } = func;
      this.first.set(func, line + 1);
      const reader = new InstructionReader(module.bytes, body.start, body.end);
      while (reader.next()) line++;
      // The head is a line, and the last `end` is the closing bracket's.
      line++;
    }
  }

  find(offset: number, func: FuncDef): boolean {
    if (this.current !== func) this.enter(func);
    const { offsets } = this;
    const at = lastUpTo(offsets.length, (i) => offsets[i]!, offset);
    if (at < 0) return false;
    this.line = this.first.get(func)! + at;
    return true;
  }

  /** Reads the offsets of a function's instructions. */
  private enter(func: FuncDef): void {
    const { body } = func;
    const offsets = new Uint32Array(body.end - body.start);
    const reader = new InstructionReader(this.module.bytes, body.start, body.end);
    let count = 0;
    while (reader.next()) offsets[count++] = reader.offset;
    this.current = func;
    this.offsets = offsets.subarray(0, count);
  }

  functionName(): undefined {}
}

/** What stands before the functions. */
function head(module: Module): string[] {
  const title = module.names?.module;
  const lines = [`(module${title === undefined ? '' : ` $${printable(title)}`}`];
  let func = 0;
  for (const { module: from, name, desc } of module.imports) {
    const text =
      desc.kind === 'func'
        ? formatExternType(desc, module).replace('(func', `(func ${functionName(module, func++)}`)
        : formatExternType(desc, module);
    lines.push(`${INDENT}(import ${quoted(from)} ${quoted(name)} ${text})`);
  }
  for (const { name, kind, index } of module.exports) {
    const target = kind === 'func' ? functionName(module, index) : String(index);
    lines.push(`${INDENT}(export ${quoted(name)} (${kind} ${target}))`);
  }
  return lines;
}

/** All lines of the listing. */
function* lines(module: Module): Generator<string> {
  yield* head(module);
  const width = module.bytes.length.toString(16).length;
  for (let i = 0; i < module.funcs.length; i++) {
    const index = module.importCounts.func + i;
    const { body, locals } = module.funcs[i]!;
    const type = formatCompType(module.types[module.funcTypes[index]!]!.comp, module.names?.types);
    const given = locals.map(({ count, type }) => {
      const text = formatValType(type, module.names?.types);
      return count > 8 ? `${text} (;× ${count};)` : new Array(count).fill(text).join(' ');
    });
    const rest = given.length === 0 ? '' : ` (local ${given.join(' ')})`;
    yield `${INDENT}(func ${functionName(module, index)}${type.slice('(func'.length, -1)}${rest}`;
    const reader = new InstructionReader(module.bytes, body.start, body.end);
    let depth = 2;
    while (reader.next()) {
      const name = opcodeName(reader.op);
      const closes = name === 'end' || name === 'delegate';
      const turns = name === 'else' || name === 'catch' || name === 'catch_all';
      if (closes) depth--;
      const indent = INDENT.repeat(Math.min(turns ? depth - 1 : depth, MOST_INDENT));
      const offset = `(;@${reader.offset.toString(16).padStart(width, '0')};)`;
      yield reader.pos === body.end
        ? `${offset}${INDENT})`
        : `${offset}${indent}${name}${immediates(module, reader)}`;
      if (BLOCKS.has(name)) depth++;
    }
  }
  yield ')';
}

const BLOCKS = new Set(['block', 'loop', 'if', 'try', 'try_table']);

/** Lines as pieces of text. */
function* pieces(all: Iterable<string>): Generator<string> {
  let pending = '';
  for (const line of all) {
    pending += `${line}\n`;
    if (pending.length < PIECE) continue;
    yield pending;
    pending = '';
  }
  yield pending;
}

/** Names as the text format takes them. */
const printable = (name: string): string => name.replace(/[^\w!#$%&'*+./:<=>?@\\^`|~-]/gu, '_');

const quoted = (text: string): string => JSON.stringify(text);

/** `$name`, or the index. */
function functionName(module: Module, index: number): string {
  const name = module.names?.funcs.get(index);
  return name === undefined ? `(;${index};)` : `$${printable(name)}`;
}

/** The immediates of the present instruction, a blank before each. */
function immediates(module: Module, reader: InstructionReader): string {
  const info = OPCODES[reader.op]!;
  const names = module.names?.types;
  const pair = (): string => ` ${reader.x} ${reader.y}`;
  switch (info.immediates) {
    case 'none':
    case 'zero':
      return '';
    case 'func': {
      const name = module.names?.funcs.get(reader.x);
      return name === undefined ? ` ${reader.x}` : ` $${printable(name)}`;
    }
    case 'global': {
      const name = module.names?.globals.get(reader.x);
      return name === undefined ? ` ${reader.x}` : ` $${printable(name)}`;
    }
    case 'label':
    case 'type':
    case 'local':
    case 'table':
    case 'memory':
    case 'tag':
    case 'elem':
    case 'data':
      return ` ${reader.x}`;
    case 'block':
    case 'try_table':
      if (reader.blockKind === BLOCK_EMPTY) return '';
      return reader.blockKind === BLOCK_VALUE
        ? ` (result ${formatValType(reader.blockType, names)})`
        : ` (type ${reader.blockType})`;
    case 'labels':
      return ` ${reader.targets.join(' ')}`;
    case 'memarg':
    case 'memarg lane': {
      const memory = reader.x === 0 ? '' : ` ${reader.x}`;
      const offset = reader.memOffset === 0 ? '' : ` offset=${reader.memOffset}`;
      const lane = info.immediates === 'memarg lane' ? ` ${reader.lane}` : '';
      return `${memory}${offset}${lane}`;
    }
    case 'lane':
      return ` ${reader.lane}`;
    case 'i32':
      return ` ${reader.lo}`;
    case 'i64':
      return ` ${(BigInt(reader.hi) << 32n) | BigInt(reader.lo >>> 0)}`;
    case 'f32':
    case 'f64':
      return ` ${floatText(reader, info.immediates === 'f64')}`;
    case 'v128':
    case 'lanes':
      return ` ${info.immediates === 'v128' ? 'i8x16 ' : ''}${[...reader.lanes].join(' ')}`;
    case 'types':
      return reader.types.map((type) => ` (result ${formatValType(type, names)})`).join('');
    case 'heap null':
      return info.mnemonic === 'ref.null'
        ? ` ${formatHeapType(heapOf(reader.reftype), names)}`
        : ` ${formatValType(reader.reftype, names)}`;
    case 'heap':
      return ` ${formatValType(reader.reftype, names)}`;
    case 'cast':
      return ` ${reader.x} ${formatValType(reader.reftype, names)} ${formatValType(reader.reftype2, names)}`;
    case 'type table':
      return reader.y === 0 ? ` (type ${reader.x})` : ` ${reader.y} (type ${reader.x})`;
    default:
      return pair();
  }
}

const FLOAT = new DataView(new ArrayBuffer(8));

function floatText({ lo, hi }: InstructionReader, double: boolean): string {
  FLOAT.setInt32(0, double ? hi : lo);
  FLOAT.setInt32(4, lo);
  const value = double ? FLOAT.getFloat64(0) : FLOAT.getFloat32(0);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
