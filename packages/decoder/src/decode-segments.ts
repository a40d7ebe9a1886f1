/**
 * Sections with code and segments: start, elements, data count, code, data (specification, sections
 * 5.5.11 "Start Section" to 5.5.15 "Data Count Section"). Function bodies are only delimited.
 */
import type { Cursor } from './cursor.js';
import { readExpr } from './expr.js';
import { InstructionReader } from './instructions.js';
import { checkLimit } from './limits.js';
import {
  type DataSegment,
  type ElemSegment,
  type ExprRange,
  FUNCREF,
  type FuncDef,
  Heap,
  type Module,
  refType,
} from './types.js';

const TWO_32 = 4294967296;
/** Number of the data section. */
const DATA_ID = 11;
/** Bits of an element segment's first number. */
const NOT_ACTIVE = 1;
/** With `NOT_ACTIVE` declarative, else with an explicit table index. */
const EXPLICIT = 2;
const EXPRESSIONS = 4;
const FUNCTION_KIND = 0;

/** Reads the content of a start section. */
export function readStartSection(cursor: Cursor, module: Module): void {
  const offset = cursor.pos;
  module.start = { func: cursor.u32(), offset };
}

/** Reads the content of a data count section. */
export function readDataCountSection(cursor: Cursor, module: Module): void {
  module.dataCount = cursor.u32();
}

/** Reads the content of an element section. */
export function readElementSection(cursor: InstructionReader, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    module.elems.push(readElemSegment(cursor));
    checkLimit('elemSegments', module.elems.length, cursor.pos);
  }
}

function readElemSegment(cursor: InstructionReader): ElemSegment {
  const offset = cursor.pos;
  const flags = cursor.u32();
  if (flags > 7) throw cursor.malformed('malformed elements segment kind', offset);
  const active = (flags & NOT_ACTIVE) === 0;
  const explicit = (flags & EXPLICIT) !== 0;
  const mode = active ? 'active' : explicit ? 'declarative' : 'passive';
  const table = active && explicit ? cursor.u32() : 0;
  const offsetExpr = active ? readExpr(cursor) : undefined;
  const withType = !active || explicit;
  const segment = { mode, table, offsetExpr, offset } as const;
  if (flags & EXPRESSIONS) {
    const type = withType ? cursor.refType() : FUNCREF;
    const exprs: ExprRange[] = [];
    for (let left = readElementCount(cursor, 'elementExprs'); left > 0; left--)
      exprs.push(readExpr(cursor));
    return { ...segment, type, funcs: undefined, exprs };
  }
  if (withType && cursor.u8() !== FUNCTION_KIND) {
    throw cursor.malformed('malformed element kind', cursor.pos - 1);
  }
  const funcs: number[] = [];
  for (let left = readElementCount(cursor, 'elements'); left > 0; left--) funcs.push(cursor.u32());
  return { ...segment, type: refType(Heap.func, false), funcs, exprs: undefined };
}

function readElementCount(cursor: Cursor, limit: 'elements' | 'elementExprs'): number {
  const offset = cursor.pos;
  const count = cursor.u32();
  checkLimit(limit, count, offset);
  return count;
}

/** Reads the content of a data section. */
export function readDataSection(cursor: InstructionReader, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    (module.datas as DataSegment[]).push(readDataSegment(cursor));
    checkLimit('dataSegments', module.datas.length, cursor.pos);
  }
}

/**
 * Lets go of what was read of the data segments: they are read again from the bytes whenever somebody asks for them. A
 * linker of Go's makes a hundred thousand of them.
 * @param module as `decodeModule` gives it; changed in place
 */
export function rereadDatas(module: Module): void {
  const { bytes, datas, sections } = module;
  const section = sections.find(({ id }) => id === DATA_ID);
  if (section === undefined) return;
  const { length } = datas;
  const { start, end } = section.range;
  module.datas = {
    length,
    *[Symbol.iterator]() {
      const reader = new InstructionReader(bytes, start, end);
      for (let left = reader.u32(); left > 0; left--) yield readDataSegment(reader);
    },
    forEach(visit) {
      let index = 0;
      for (const segment of this) visit(segment, index++);
    },
  };
}

function readDataSegment(cursor: InstructionReader): DataSegment {
  const offset = cursor.pos;
  const flags = cursor.u32();
  if (flags > 2) throw cursor.malformed('malformed data segment kind', offset);
  const mode = flags === 1 ? 'passive' : 'active';
  const memory = flags === 2 ? cursor.u32() : 0;
  const offsetExpr = mode === 'active' ? readExpr(cursor) : undefined;
  const start = skip(cursor, cursor.u32());
  return { mode, memory, offsetExpr, bytes: { start, end: cursor.pos }, offset };
}

/** Moves the cursor over `length` bytes and returns where they start. */
function skip(cursor: Cursor, length: number): number {
  const start = cursor.pos;
  cursor.view(length);
  return start;
}

/**
 * Reads the content of a code section: the locals of every function and the range of its body.
 * The bodies themselves stay unread.
 */
export function readCodeSection(cursor: Cursor, module: Module): void {
  const offset = cursor.pos;
  const count = cursor.u32();
  const firstFunc = module.importCounts.func;
  if (count !== module.funcTypes.length - firstFunc) {
    throw cursor.malformed('function and code section have inconsistent lengths', offset);
  }
  const sectionEnd = cursor.end;
  for (let index = 0; index < count; index++) {
    cursor.func = firstFunc + index;
    module.funcs.push(readFunc(cursor, module.funcTypes[cursor.func]!));
    cursor.end = sectionEnd;
  }
  cursor.func = undefined;
}

function readFunc(cursor: Cursor, type: number): FuncDef {
  const offset = cursor.pos;
  const size = cursor.u32();
  checkLimit('bodySize', size, offset, cursor.func);
  const entry = skip(cursor, size);
  const end = cursor.pos;
  cursor.pos = entry;
  cursor.end = end;
  const locals: FuncDef['locals'] = [];
  let localCount = 0;
  for (let left = cursor.u32(); left > 0; left--) {
    const at = cursor.pos;
    const count = cursor.u32();
    localCount += count;
    if (localCount >= TWO_32) throw cursor.malformed('too many locals', at);
    const local = { count, type: cursor.valType() };
    if (count > 0) locals.push(local);
  }
  checkLimit('locals', localCount, entry, cursor.func);
  const body = { start: cursor.pos, end };
  cursor.pos = end;
  return { type, locals, localCount, body, offset };
}
