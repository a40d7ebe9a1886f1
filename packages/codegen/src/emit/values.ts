/** Value types and descriptors as JavaScript source. */
import {
  Heap,
  heapOf,
  isAbstract,
  isNullable,
  isRef,
  type StructType,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { hasFloats, hasRelatives, slotNames, structSlots } from '../fields.js';
import { heapName, valueTypeName } from '../types.js';

/** How values of a type cross the boundary to JavaScript. */
export type Crossing = 'number' | 'func' | 'extern' | 'any' | 'never';

/** How values of a type cross the boundary (JS API, "ToJSValue"). */
export function crossing(ctx: ModuleContext, type: ValType): Crossing {
  if (type === V128) return 'never';
  if (!isRef(type)) return 'number';
  const heap = heapOf(type);
  if (isFuncHeap(ctx, heap)) return 'func';
  if (heap === Heap.extern || heap === Heap.noextern) return 'extern';
  if (heap === Heap.exn || heap === Heap.noexn) return 'never';
  return 'any';
}

/** Does this heap type belong to the hierarchy of functions? */
export function isFuncHeap(ctx: ModuleContext, heap: number): boolean {
  if (isAbstract(heap)) return heap === Heap.func || heap === Heap.nofunc;
  return ctx.module.types[heap]!.comp.kind === 'func';
}

/** The heap type as the support library knows it: a name or a descriptor. */
export function heapSource(ctx: ModuleContext, heap: number): string {
  return isAbstract(heap) ? `'${heapName(heap)}'` : ctx.typeName(heap);
}

/** The value type as the support library knows it. */
export function valueTypeSource(ctx: ModuleContext, type: ValType): string {
  if (!isRef(type)) return `'${valueTypeName(type)}'`;
  // Whoever converts by a type at run time finds there how.
  if (crossing(ctx, type) === 'any') ctx.helper('_any_crossing');
  return `{ n: ${isNullable(type)}, h: ${heapSource(ctx, heapOf(type))} }`;
}

/**
 * Definitions of all descriptors in use.
 * @returns one `const` statement for each
 */
export function typeDefinitions(ctx: ModuleContext): string[] {
  const used = [...ctx.usedTypes].sort((a, b) => a - b);
  if (used.length === 0) return [];
  const define = ctx.helper('_type');
  return used.map((type) => {
    const { members, refs } = ctx.types.group(type);
    const index = type - ctx.module.types[type]!.groupStart;
    const args = [members.length === 1 ? `'${members[0]}'` : `['${members.join("', '")}']`];
    if (index > 0 || refs.length > 0) args.push(String(index));
    if (refs.length > 0) args.push(`[${refs.map((other) => ctx.typeName(other)).join(', ')}]`);
    return `const Y${type} = ${define}(${args.join(', ')});\n`;
  });
}

/**
 * The classes of structures and arrays that the module makes objects of: the realm's, or these where it has none yet.
 * @returns one `const` statement for each
 */
export function classDefinitions(ctx: ModuleContext): string[] {
  const layouts = [...ctx.layouts]
    .sort((a, b) => a - b)
    .map((size) => {
      const names = ['y', ...slotNames(size)];
      const fields = names.map((name) => `this.${name}=${name}`).join(';');
      return `const L${size}=${ctx.helper('_layout')}(${size},class{constructor(${names}){${fields}}})\n`;
    });
  const own = [...ctx.classes]
    .sort((a, b) => a - b)
    .map((type) => {
      const { comp } = ctx.module.types[type]!;
      const known = hasRelatives(ctx.module.types[type]!) ? [`this.y=${ctx.typeName(type)}`] : [];
      const [params, fields] =
        comp.kind === 'struct'
          ? [slotNames(structSlots(comp)), [...known, ...structFields(comp)]]
          : [['v'], ['this.v=v', 'this.n=v.length']];
      const made = `class{constructor(${params}){${fields.join(';')}}}`;
      return `const S${type}=${ctx.helper('_aggregate')}(${ctx.typeName(type)},${made})\n`;
    });
  return [...layouts, ...own];
}

/** Statements of a constructor. */
function structFields(type: StructType): string[] {
  const fields = slotNames(structSlots(type)).map((part) => `this.${part}=${part}`);
  return hasFloats(type) ? [...fields, 'this.z=null'] : fields;
}
