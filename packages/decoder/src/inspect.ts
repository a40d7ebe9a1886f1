/** What a module consists of, as plain data for a listing or JSON. */
import { detectFeatures } from './features.js';
import { externTypeOf, formatExternType } from './format.js';
import type { Feature } from './opcodes.js';
import type { ExternKind, ExternType, Module } from './types.js';

/** One section: `offset` and `size` in bytes, of the content without id and size fields. */
export interface SectionListing {
  id: number;
  name: string;
  offset: number;
  size: number;
}
export interface ImportListing {
  module: string;
  name: string;
  kind: ExternKind;
  /** The type in the notation of the text format. */
  type: string;
}
export interface ExportListing {
  name: string;
  kind: ExternKind;
  index: number;
  /** The type in the notation of the text format. */
  type: string;
}
/** One function body: `size` in bytes, locals declarations included. */
export interface FunctionListing {
  /** Function index, imports included. */
  index: number;
  name: string | undefined;
  size: number;
}

/** The result of `inspectModule`: JSON-able, except that undefined members vanish. */
export interface ModuleListing {
  /** Bytes of the module. */
  size: number;
  /** Name of the module in the name section. */
  name: string | undefined;
  features: Feature[];
  sections: SectionListing[];
  /** How many of each thing the module has; imports are counted in their index space too. */
  counts: {
    types: number;
    imports: number;
    functions: number;
    tables: number;
    memories: number;
    globals: number;
    tags: number;
    exports: number;
    elemSegments: number;
    dataSegments: number;
  };
  imports: ImportListing[];
  exports: ExportListing[];
  /** Index of the start function. */
  start: number | undefined;
  code: {
    /** Functions with a body. */
    functions: number;
    /** Bytes of all bodies. */
    bytes: number;
    /** The largest bodies, greatest first. */
    largest: FunctionListing[];
  };
  /** Bytes of all data segments. */
  dataBytes: number;
  producers: { field: string; values: { name: string; version: string }[] }[];
  targetFeatures: { prefix: string; name: string }[];
}

const LARGEST = 10;

/**
 * Describes a decoded module; it need not be valid.
 * @throws MalformedError when a function body holds bytes that are no instruction
 */
export function inspectModule(module: Module): ModuleListing {
  const bodies = module.funcs.map((func, position): FunctionListing => {
    const index = module.importCounts.func + position;
    return { index, name: module.names?.funcs.get(index), size: func.body.end - func.offset };
  });
  return {
    size: module.bytes.length,
    name: module.names?.module,
    features: detectFeatures(module),
    sections: module.sections.map(({ id, name, range: { start, end } }) => {
      return { id, name, offset: start, size: end - start };
    }),
    counts: {
      types: module.types.length,
      imports: module.imports.length,
      functions: module.funcTypes.length,
      tables: module.tableTypes.length,
      memories: module.memoryTypes.length,
      globals: module.globalTypes.length,
      tags: module.tagTypes.length,
      exports: module.exports.length,
      elemSegments: module.elems.length,
      dataSegments: module.datas.length,
    },
    imports: module.imports.map(({ module: from, name, desc }) => {
      return { module: from, name, kind: desc.kind, type: formatExternType(desc, module) };
    }),
    exports: module.exports.map(({ name, kind, index }) => {
      return { name, kind, index, type: typeText(module, externTypeOf(module, kind, index)) };
    }),
    start: module.start?.func,
    code: {
      functions: bodies.length,
      bytes: bodies.reduce((sum, { size }) => sum + size, 0),
      largest: [...bodies].sort((a, b) => b.size - a.size || a.index - b.index).slice(0, LARGEST),
    },
    dataBytes: dataBytes(module),
    producers: module.producers ?? [],
    targetFeatures: module.targetFeatures ?? [],
  };
}

/** Bytes of all data segments. */
function dataBytes({ datas }: Module): number {
  let sum = 0;
  for (const { bytes } of datas) sum += bytes.end - bytes.start;
  return sum;
}

function typeText(module: Module, type: ExternType | undefined): string {
  return type ? formatExternType(type, module) : 'unknown';
}
