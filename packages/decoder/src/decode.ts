/** Decoding of a module: header, sections and their consistency (specification, section 5.5). */
import { Cursor } from './cursor.js';
import { type CustomSection, readCustomSections } from './decode-custom.js';
import {
  readExportSection,
  readFunctionSection,
  readGlobalSection,
  readImportSection,
  readMemorySection,
  readTableSection,
  readTagSection,
} from './decode-externs.js';
import {
  readCodeSection,
  readDataCountSection,
  readDataSection,
  readElementSection,
  readStartSection,
} from './decode-segments.js';
import { readTypeSection } from './decode-types.js';
import { InstructionReader } from './instructions.js';
import { checkLimit } from './limits.js';
import type { Module } from './types.js';

interface SectionKind {
  /** Section id. */
  readonly id: number;
  readonly name: string;
  readonly read: (cursor: InstructionReader, module: Module) => void;
}

/** All sections but the custom ones, in the order that a module must keep. */
const SECTIONS: readonly SectionKind[] = [
  { id: 1, name: 'type', read: (cursor, module) => readTypeSection(cursor, module.types) },
  { id: 2, name: 'import', read: readImportSection },
  { id: 3, name: 'function', read: readFunctionSection },
  { id: 4, name: 'table', read: readTableSection },
  { id: 5, name: 'memory', read: readMemorySection },
  { id: 13, name: 'tag', read: readTagSection },
  { id: 6, name: 'global', read: readGlobalSection },
  { id: 7, name: 'export', read: readExportSection },
  { id: 8, name: 'start', read: readStartSection },
  { id: 9, name: 'element', read: readElementSection },
  { id: 12, name: 'data count', read: readDataCountSection },
  { id: 10, name: 'code', read: readCodeSection },
  { id: 11, name: 'data', read: readDataSection },
];

const CUSTOM_ID = 0;
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION = [0x01, 0x00, 0x00, 0x00];

/**
 * Decodes a module. Function bodies are delimited and not read: what is malformed in them
 * (instructions, unbalanced `end`, data instructions without a data count section) is found by
 * whoever reads them with an `InstructionReader`, first of all the validator.
 *
 * Time and memory are proportional to `bytes.length`: counts in the module are never trusted.
 *
 * @param bytes the whole module; the result refers to it, so it must not change
 * @returns the module, not validated
 * @throws MalformedError when the bytes are not a module of the binary format
 * @throws UnsupportedError when the module exceeds an implementation limit (`LIMITS`)
 */
export function decodeModule(bytes: Uint8Array): Module {
  checkLimit('moduleSize', bytes.length, 0);
  const module = emptyModule(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  const cursor = new Cursor(module.bytes, 0, bytes.length);
  expectBytes(cursor, MAGIC, 'magic header not detected');
  expectBytes(cursor, VERSION, 'unknown binary version');
  const customs: CustomSection[] = [];
  let next = 0;
  while (cursor.pos < bytes.length) next = readSection(cursor, module, customs, next);
  if (module.funcs.length !== module.funcTypes.length - module.importCounts.func) {
    throw cursor.malformed('function and code section have inconsistent lengths');
  }
  if (module.dataCount !== undefined && module.dataCount !== module.datas.length) {
    throw cursor.malformed('data count and data section have inconsistent lengths');
  }
  readCustomSections(module, customs);
  return module;
}

function emptyModule(bytes: Uint8Array): Module {
  return {
    bytes,
    sections: [],
    types: [],
    imports: [],
    importCounts: { func: 0, table: 0, memory: 0, global: 0, tag: 0 },
    funcTypes: [],
    tableTypes: [],
    memoryTypes: [],
    globalTypes: [],
    tagTypes: [],
    funcs: [],
    tables: [],
    globals: [],
    exports: [],
    start: undefined,
    elems: [],
    datas: [],
    dataCount: undefined,
    names: undefined,
    producers: undefined,
    targetFeatures: undefined,
    branchHints: undefined,
  };
}

function expectBytes(cursor: Cursor, expected: readonly number[], message: string): void {
  const start = cursor.pos;
  const found = cursor.view(expected.length);
  if (found.some((byte, index) => byte !== expected[index])) throw cursor.malformed(message, start);
}

/**
 * Reads one section.
 * @param next index in `SECTIONS` of the first section that may still come
 * @returns the same for the section after this one
 */
function readSection(
  cursor: Cursor,
  module: Module,
  customs: CustomSection[],
  next: number,
): number {
  const offset = cursor.pos;
  const id = cursor.u8();
  const order = SECTIONS.findIndex((section) => section.id === id);
  if (id !== CUSTOM_ID && order < 0) throw cursor.malformed('malformed section id', offset);
  if (id !== CUSTOM_ID && order < next) {
    throw cursor.malformed('unexpected content after last section', offset);
  }
  const size = cursor.u32();
  const start = cursor.pos;
  cursor.view(size, 'length out of bounds');
  const end = cursor.pos;
  const content = new InstructionReader(module.bytes, start, end);
  if (id === CUSTOM_ID) {
    const name = content.name();
    module.sections.push({ id, name, range: { start, end } });
    customs.push({ name, range: { start: content.pos, end } });
    return next;
  }
  const section = SECTIONS[order]!;
  module.sections.push({ id, name: section.name, range: { start, end } });
  section.read(content, module);
  if (content.pos !== end) throw content.malformed('section size mismatch');
  return order + 1;
}
