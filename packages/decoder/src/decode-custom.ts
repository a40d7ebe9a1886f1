/**
 * Custom sections that the toolchain understands: `name` (specification, appendix "Custom
 * Sections", with the extended names), `producers` and `target_features` (tool conventions), and
 * `metadata.code.branch_hint` (branch hinting).
 *
 * A custom section never makes a module malformed: what cannot be read is left out.
 */
import { Cursor } from './cursor.js';
import { readProducers, readTargetFeatures } from './decode-tools.js';
import { MalformedError } from './errors.js';
import type { Module, NameSection, Range } from './types.js';

/** Content of a custom section behind its name. */
export interface CustomSection {
  name: string;
  range: Range;
}

/** Branch hints as encoded: function index → (offset from the function's locals → likely?). */
type RawBranchHints = Map<number, Map<number, boolean>>;

type IndirectNames = Map<number, Map<number, string>>;
type PlainKey = {
  [K in keyof NameSection]: NameSection[K] extends Map<number, string> ? K : never;
}[keyof NameSection];
type IndirectKey = {
  [K in keyof NameSection]: NameSection[K] extends IndirectNames ? K : never;
}[keyof NameSection];

const PLAIN_SUBSECTIONS: Readonly<Record<number, PlainKey>> = {
  1: 'funcs',
  4: 'types',
  5: 'tables',
  6: 'memories',
  7: 'globals',
  8: 'elems',
  9: 'datas',
  11: 'tags',
};
const INDIRECT_SUBSECTIONS: Readonly<Record<number, IndirectKey>> = {
  2: 'locals',
  3: 'labels',
  10: 'fields',
};
const MODULE_SUBSECTION = 0;

/**
 * Reads the known ones of the custom sections into the module. Of several sections of one name the
 * first counts. The code section must have been read, since branch hints refer to its offsets.
 */
export function readCustomSections(module: Module, sections: readonly CustomSection[]): void {
  for (const { name, range } of sections) {
    const cursor = new Cursor(module.bytes, range.start, range.end);
    switch (name) {
      case 'name':
        module.names ??= readNames(cursor);
        break;
      case 'producers':
        module.producers ??= unlessMalformed(() => readProducers(cursor));
        break;
      case 'target_features':
        module.targetFeatures ??= unlessMalformed(() => readTargetFeatures(cursor));
        break;
      case 'metadata.code.branch_hint':
        module.branchHints ??= locateBranchHints(
          module,
          unlessMalformed(() => readBranchHints(cursor)),
        );
        break;
    }
  }
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function readNames(cursor: Cursor): NameSection {
  const names: NameSection = {
    module: undefined,
    funcs: new Map(),
    locals: new Map(),
    labels: new Map(),
    types: new Map(),
    tables: new Map(),
    memories: new Map(),
    globals: new Map(),
    elems: new Map(),
    datas: new Map(),
    fields: new Map(),
    tags: new Map(),
  };
  unlessMalformed(() => {
    while (cursor.pos < cursor.end) {
      const id = cursor.u8();
      const length = cursor.u32();
      const start = cursor.pos;
      cursor.view(length);
      const subsection = new Cursor(cursor.bytes, start, cursor.pos);
      unlessMalformed(() => readNameSubsection(subsection, id, names));
    }
  });
  return names;
}

function readNameSubsection(cursor: Cursor, id: number, names: NameSection): void {
  const plain = PLAIN_SUBSECTIONS[id];
  const indirect = INDIRECT_SUBSECTIONS[id];
  if (id === MODULE_SUBSECTION) names.module = cursor.name();
  else if (plain) readNameMap(cursor, names[plain]);
  else if (indirect) {
    for (let left = cursor.u32(); left > 0; left--) {
      const index = cursor.u32();
      const inner = new Map<number, string>();
      names[indirect].set(index, inner);
      readNameMap(cursor, inner);
    }
  }
}

function readNameMap(cursor: Cursor, map: Map<number, string>): void {
  for (let left = cursor.u32(); left > 0; left--) {
    const index = cursor.u32();
    map.set(index, cursor.name());
  }
}

function readBranchHints(cursor: Cursor): RawBranchHints {
  const hints: RawBranchHints = new Map();
  for (let left = cursor.u32(); left > 0; left--) {
    const func = cursor.u32();
    const ofFunc = new Map<number, boolean>();
    for (let more = cursor.u32(); more > 0; more--) {
      const offset = cursor.u32();
      const value = cursor.view(cursor.u32());
      if (value.length === 1 && value[0]! <= 1) ofFunc.set(offset, value[0] === 1);
    }
    hints.set(func, ofFunc);
  }
  return hints;
}

/** Hints with offsets in the module, as the instruction reader's `offset` has them. */
function locateBranchHints(module: Module, raw: RawBranchHints | undefined): Module['branchHints'] {
  if (!raw) return undefined;
  const located: RawBranchHints = new Map();
  for (const [index, hints] of raw) {
    const func = module.funcs[index - module.importCounts.func];
    if (!func) continue;
    const size = new Cursor(module.bytes, func.offset, func.body.end);
    size.u32();
    const entry = size.pos;
    located.set(index, new Map(Array.from(hints, ([offset, likely]) => [entry + offset, likely])));
  }
  return located;
}
