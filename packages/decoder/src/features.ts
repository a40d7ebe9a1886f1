/** Which features of WebAssembly a module uses, from its instructions, types and sections. */
import { BLOCK_TYPE, BLOCK_VALUE, InstructionReader } from './instructions.js';
import { type Feature, OPCODES, opcodeId } from './opcodes.js';
import {
  FUNCREF,
  type FuncType,
  Heap,
  type HeapType,
  heapOf,
  isAbstract,
  isExact,
  isNullable,
  isRef,
  type Limits,
  type Module,
  type Range,
  V128,
  type ValType,
} from './types.js';

/** All features, in the order of their lists: those of 3.0 by age, then the proposals. */
export const FEATURES: readonly Feature[] = [
  'mvp',
  'mutable-globals',
  'sign-extension',
  'saturating-float-to-int',
  'multi-value',
  'bulk-memory',
  'reference-types',
  'simd',
  'extended-const',
  'tail-call',
  'function-references',
  'gc',
  'exceptions',
  'multi-memory',
  'memory64',
  'relaxed-simd',
  'branch-hinting',
  'threads',
  'legacy-exceptions',
  'custom-page-sizes',
  'wide-arithmetic',
  'custom-descriptors',
];

const DEFAULT_PAGE_SIZE_LOG2 = 16;
const EXTENDED_CONST: ReadonlySet<number> = new Set(
  ['i32', 'i64'].flatMap((type) => ['add', 'sub', 'mul'].map((op) => opcodeId(`${type}.${op}`))),
);
const CALL_INDIRECT = opcodeId('call_indirect');

const HEAP_FEATURES: ReadonlyMap<HeapType, Feature> = new Map([
  [Heap.func, 'reference-types'],
  [Heap.extern, 'reference-types'],
  [Heap.exn, 'exceptions'],
  [Heap.noexn, 'exceptions'],
]);

/** Collects features while it visits the parts of a module. */
class FeatureCollector {
  readonly used = new Set<Feature>(['mvp']);
  private readonly opcodes = new Uint8Array(OPCODES.length);

  constructor(private readonly module: Module) {}

  collect(): void {
    this.visitTypes();
    this.visitDefinitions();
    this.visitSegments();
    for (const { locals, body } of this.module.funcs) {
      for (const { type } of locals) this.visitValType(type);
      this.visitCode(body, false);
    }
    this.opcodes.forEach((seen, id) => {
      if (seen) this.used.add(OPCODES[id]!.feature);
    });
    if (this.module.branchHints) this.used.add('branch-hinting');
  }

  private visitValType(type: ValType): void {
    if (type === V128) this.used.add('simd');
    if (!isRef(type)) return;
    const heap = heapOf(type);
    if (isExact(type)) this.used.add('custom-descriptors');
    if (!isAbstract(heap)) this.used.add('function-references');
    else this.used.add(HEAP_FEATURES.get(heap) ?? 'gc');
    if (!isNullable(type)) this.used.add('function-references');
  }

  private visitFuncType({ params, results }: FuncType): void {
    if (results.length > 1) this.used.add('multi-value');
    for (const type of params) this.visitValType(type);
    for (const type of results) this.visitValType(type);
  }

  private visitTypes(): void {
    for (const { comp, final, supers, groupSize, describes, descriptor } of this.module.types) {
      if (!final || supers.length > 0 || groupSize !== 1) this.used.add('gc');
      if (describes !== undefined || descriptor !== undefined) this.used.add('custom-descriptors');
      if (comp.kind === 'func') {
        this.visitFuncType(comp);
        continue;
      }
      this.used.add('gc');
      const fields = comp.kind === 'struct' ? comp.fields : [comp.element];
      for (const { type } of fields) this.visitValType(type);
    }
  }

  private visitLimits({ addr64, shared }: Limits): void {
    if (addr64) this.used.add('memory64');
    if (shared) this.used.add('threads');
  }

  private visitDefinitions(): void {
    const { module, used } = this;
    for (const { limits, pageSizeLog2 } of module.memoryTypes) {
      this.visitLimits(limits);
      if (pageSizeLog2 !== DEFAULT_PAGE_SIZE_LOG2) used.add('custom-page-sizes');
    }
    for (const { limits, element } of module.tableTypes) {
      this.visitLimits(limits);
      if (element !== FUNCREF) this.visitValType(element);
    }
    for (const { type } of module.globalTypes) this.visitValType(type);
    if (module.memoryTypes.length > 1) used.add('multi-memory');
    if (module.tableTypes.length > 1) used.add('reference-types');
    if (module.tagTypes.length > 0) used.add('exceptions');
    for (const { init } of module.tables) {
      if (init) used.add('function-references');
      if (init) this.visitCode(init, true);
    }
    for (const { init } of module.globals) this.visitCode(init, true);
    for (const { desc } of module.imports) {
      if (desc.kind === 'global' && desc.mutable) used.add('mutable-globals');
      if (desc.kind === 'func' && desc.exact) used.add('custom-descriptors');
    }
    for (const { kind, index } of module.exports) {
      if (kind === 'global' && module.globalTypes[index]?.mutable) used.add('mutable-globals');
    }
  }

  private visitSegments(): void {
    const { module, used } = this;
    if (module.dataCount !== undefined) used.add('bulk-memory');
    for (const { mode, offsetExpr } of module.datas) {
      if (mode === 'passive') used.add('bulk-memory');
      if (offsetExpr) this.visitCode(offsetExpr, true);
    }
    for (const { mode, offsetExpr, exprs } of module.elems) {
      if (mode === 'passive') used.add('bulk-memory');
      if (mode === 'declarative') used.add('reference-types');
      if (offsetExpr) this.visitCode(offsetExpr, true);
      for (const expr of exprs ?? []) this.visitCode(expr, true);
    }
  }

  private visitCode({ start, end }: Range, constant: boolean): void {
    const { module, opcodes } = this;
    const reader = new InstructionReader(module.bytes, start, end);
    while (reader.next()) {
      const op = reader.op;
      opcodes[op] = 1;
      switch (OPCODES[op]!.immediates) {
        case 'try_table':
        case 'block':
          if (reader.blockKind === BLOCK_VALUE) this.visitValType(reader.blockType);
          if (reader.blockKind === BLOCK_TYPE) this.visitBlockType(reader.blockType);
          break;
        case 'types':
          for (const type of reader.types) this.visitValType(type);
          break;
        case 'heap':
        case 'heap null':
          this.visitValType(reader.reftype);
          break;
        case 'cast':
          this.visitValType(reader.reftype);
          this.visitValType(reader.reftype2);
          break;
        case 'type table':
          if (op === CALL_INDIRECT && reader.y !== 0) this.used.add('reference-types');
          break;
        case 'none':
          if (constant && EXTENDED_CONST.has(op)) this.used.add('extended-const');
          break;
      }
    }
  }

  private visitBlockType(index: number): void {
    const comp = this.module.types[index]?.comp;
    if (comp?.kind !== 'func') return;
    if (comp.params.length > 0 || comp.results.length > 1) this.used.add('multi-value');
  }
}

/**
 * The features that a module uses, in the order of `FEATURES`. Every module uses `mvp`.
 * @throws MalformedError when a function body holds bytes that are no instruction
 */
export function detectFeatures(module: Module): Feature[] {
  const collector = new FeatureCollector(module);
  collector.collect();
  return FEATURES.filter((feature) => collector.used.has(feature));
}
