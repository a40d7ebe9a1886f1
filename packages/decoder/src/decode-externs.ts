/**
 * External types (limits, memories, tables, globals, tags) and the sections that consist of them:
 * imports, functions, tables, memories, globals, tags, exports (specification, sections 5.3.11
 * "Limits" to 5.3.16 "External Types" and 5.5).
 */
import type { Cursor } from './cursor.js';
import { readMutability } from './decode-types.js';
import { readExpr } from './expr.js';
import type { InstructionReader } from './instructions.js';
import { checkLimit } from './limits.js';
import type {
  ExternKind,
  ExternType,
  GlobalType,
  Limits,
  MemoryType,
  Module,
  TableType,
  TagType,
} from './types.js';

const HAS_MAX = 1;
const SHARED = 2;
const ADDR64 = 4;
const PAGE_SIZE = 8;
const DEFAULT_PAGE_SIZE_LOG2 = 16;
/** No page size has as many bits. */
const ADDRESS_BITS = 64;
const TABLE_WITH_INIT = 0x40;
const EXACT_FUNC = 0x20;
const KINDS: readonly ExternKind[] = ['func', 'table', 'memory', 'global', 'tag'];

function readLimitsFlags(cursor: Cursor, allowed: number): number {
  const flags = cursor.u8();
  if ((flags & ~allowed) !== 0) throw cursor.malformed('malformed limits flags', cursor.pos - 1);
  return flags;
}

function readLimits(cursor: Cursor, flags: number): Limits {
  const min = cursor.u64();
  const max = flags & HAS_MAX ? cursor.u64() : undefined;
  return { min, max, addr64: (flags & ADDR64) !== 0, shared: (flags & SHARED) !== 0 };
}

function readMemoryType(cursor: Cursor): MemoryType {
  const offset = cursor.pos;
  const flags = readLimitsFlags(cursor, HAS_MAX | SHARED | ADDR64 | PAGE_SIZE);
  const limits = readLimits(cursor, flags);
  const pageSizeLog2 = flags & PAGE_SIZE ? readPageSize(cursor) : DEFAULT_PAGE_SIZE_LOG2;
  return { limits, pageSizeLog2, offset };
}

function readPageSize(cursor: Cursor): number {
  const offset = cursor.pos;
  const log2 = cursor.u32();
  if (log2 >= ADDRESS_BITS) throw cursor.malformed('invalid custom page size', offset);
  return log2;
}

function readTableType(cursor: Cursor): TableType {
  const offset = cursor.pos;
  const element = cursor.refType();
  const limits = readLimits(cursor, readLimitsFlags(cursor, HAS_MAX | ADDR64));
  return { limits, element, offset };
}

function readGlobalType(cursor: Cursor): GlobalType {
  const type = cursor.valType();
  return { type, mutable: readMutability(cursor) };
}

function readTagType(cursor: Cursor): TagType {
  if (cursor.u8() !== 0) throw cursor.malformed('malformed tag attribute', cursor.pos - 1);
  return { type: cursor.u32() };
}

function readExternType(cursor: Cursor): ExternType {
  const kind = cursor.u8();
  switch (kind) {
    case 0:
    case EXACT_FUNC:
      return { kind: 'func', type: cursor.u32(), exact: kind === EXACT_FUNC };
    case 1:
      return { kind: 'table', ...readTableType(cursor) };
    case 2:
      return { kind: 'memory', ...readMemoryType(cursor) };
    case 3:
      return { kind: 'global', ...readGlobalType(cursor) };
    case 4:
      return { kind: 'tag', ...readTagType(cursor) };
    default:
      throw cursor.malformed('malformed import kind', cursor.pos - 1);
  }
}

/** Reads the content of an import section into the imports and the index spaces. */
export function readImportSection(cursor: Cursor, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const offset = cursor.pos;
    const from = cursor.name();
    const name = cursor.name();
    const desc = readExternType(cursor);
    module.imports.push({ module: from, name, desc, offset });
    checkLimit('imports', module.imports.length, offset);
    module.importCounts[desc.kind]++;
    switch (desc.kind) {
      case 'func':
        module.funcTypes.push(desc.type);
        break;
      case 'table':
        addTable(module, desc);
        break;
      case 'memory':
        addMemory(module, desc);
        break;
      case 'global':
        module.globalTypes.push({ type: desc.type, mutable: desc.mutable });
        break;
      case 'tag':
        module.tagTypes.push({ type: desc.type });
        break;
    }
  }
}

function addTable(module: Module, { limits, element, offset }: TableType): void {
  module.tableTypes.push({ limits, element, offset });
  checkLimit('tables', module.tableTypes.length, offset);
}

function addMemory(module: Module, { limits, pageSizeLog2, offset }: MemoryType): void {
  module.memoryTypes.push({ limits, pageSizeLog2, offset });
  checkLimit('memories', module.memoryTypes.length, offset);
}

/** Reads the content of a function section: the type index of every function of the module. */
export function readFunctionSection(cursor: Cursor, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    module.funcTypes.push(cursor.u32());
    checkLimit('functions', module.funcTypes.length, cursor.pos);
  }
}

/** Reads the content of a table section, initialisers included. */
export function readTableSection(cursor: InstructionReader, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const withInit = cursor.peek() === TABLE_WITH_INIT;
    if (withInit) {
      cursor.pos++;
      if (cursor.u8() !== 0) throw cursor.malformed('zero byte expected', cursor.pos - 1);
    }
    const type = readTableType(cursor);
    addTable(module, type);
    module.tables.push({ ...type, init: withInit ? readExpr(cursor) : undefined });
  }
}

/** Reads the content of a memory section. */
export function readMemorySection(cursor: Cursor, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) addMemory(module, readMemoryType(cursor));
}

/** Reads the content of a tag section. */
export function readTagSection(cursor: Cursor, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    module.tagTypes.push(readTagType(cursor));
    checkLimit('tags', module.tagTypes.length, cursor.pos);
  }
}

/** Reads the content of a global section. */
export function readGlobalSection(cursor: InstructionReader, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const offset = cursor.pos;
    const globalType = readGlobalType(cursor);
    const { type, mutable } = globalType;
    module.globalTypes.push(globalType);
    checkLimit('globals', module.globalTypes.length, offset);
    module.globals.push({ type, mutable, init: readExpr(cursor), offset });
  }
}

/** Reads the content of an export section. */
export function readExportSection(cursor: Cursor, module: Module): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const offset = cursor.pos;
    const name = cursor.name();
    const kind = KINDS[cursor.u8()];
    if (kind === undefined) throw cursor.malformed('malformed export kind', cursor.pos - 1);
    module.exports.push({ name, kind, index: cursor.u32(), offset });
    checkLimit('exports', module.exports.length, offset);
  }
}
