/**
 * Lowerings of tests, casts and conversions of references. A test looks at the type that an object has (`y`); i31 are
 * numbers and values of the host are in boxes (support/any.js), so nothing that the host can forge is looked at.
 */
import {
  Heap,
  type HeapType,
  heapOf,
  I32,
  isAbstract,
  isExact,
  isNullable,
  refType,
  type ValType,
  withNullable,
} from '@wasm2js/decoder';
import { constant, eqz, logical, select } from '../../ir/int.js';
import { Fx, helper, I, Node, nameNode, Op, R } from '../../ir/ir.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import { isNull } from './reference.js';

const TOPS = new Set<HeapType>([Heap.any, Heap.func, Heap.extern, Heap.exn]);
const BOTTOMS = new Set<HeapType>([Heap.none, Heap.nofunc, Heap.noextern, Heap.noexn]);
/** Heap types that an i31 has. */
const SMALL = new Set<HeapType>([Heap.any, Heap.eq, Heap.i31]);
const HELPERS = new Map<HeapType, string>([
  [Heap.eq, '_is_eq'],
  [Heap.struct, '_is_struct'],
  [Heap.array, '_is_array'],
]);

/** The number of supertypes above a type. */
function depthOf(b: FunctionBuilder, type: number): number {
  let depth = 0;
  let { supers } = b.module.types[type]!;
  for (; supers.length > 0; depth++) supers = b.module.types[supers[0]!]!.supers;
  return depth;
}

/** Is heap type a, of one hierarchy with b and more general, that type or one above it, as declared? */
function isAbove(b: FunctionBuilder, above: HeapType, type: HeapType): boolean {
  const { types, module } = { types: b.ctx.types, module: b.module };
  if (isAbstract(type)) return above === type;
  if (isAbstract(above)) {
    const { kind } = module.types[type]!.comp;
    return (
      above === Heap.eq ||
      (kind === 'struct' ? above === Heap.struct : kind === 'array' && above === Heap.array)
    );
  }
  for (let at: number | undefined = type; at !== undefined; at = module.types[at]!.supers[0])
    if (types.canonical(at) === types.canonical(above)) return true;
  return false;
}

/**
 * 1 where the atom a, which is not null, has the heap type of the target; the helpers take null too.
 * @param traps what has no type to look at, null and numbers, may trap
 */
function hasHeapType(
  b: FunctionBuilder,
  a: Node,
  source: ValType,
  target: ValType,
  traps = false,
): Node {
  const [from, heap] = [heapOf(source), heapOf(target)];
  if (BOTTOMS.has(heap) || BOTTOMS.has(from)) return constant(0);
  if (TOPS.has(heap) || (isAbove(b, heap, from) && !isExact(target))) return constant(1);
  if (heap === Heap.i31) return new Node(Op.IsSmall, I, a.fx, a, null, null, 0);
  const name = HELPERS.get(heap);
  if (name !== undefined) return helper(b.ctx.helper(name), I, 0, [a]);
  const type = b.ctx.typeName(heap);
  const { comp, final } = b.module.types[heap]!;
  if (comp.kind === 'func')
    return helper(b.ctx.helper('_is_func'), I, 0, [
      a,
      nameNode(type, R, 0),
      constant(isExact(target) ? 1 : 0),
    ]);
  const itself = final || isExact(target) || b.ctx.isLeaf(heap);
  const node = new Node(Op.HasType, I, a.fx, a, null, null, itself ? -1 : depthOf(b, heap));
  node.name = type;
  if (traps) {
    node.fx |= Fx.trap;
    return node;
  }
  // A number has no type to look at.
  const small = new Node(Op.IsSmall, I, a.fx, a, null, null, 0);
  return itself || !SMALL.has(from) ? node : logical(Op.LAnd, eqz(small), node);
}

/** 1 where the atom a of a static type has the target type. */
function hasType(b: FunctionBuilder, a: Node, source: ValType, target: ValType): Node {
  const test = hasHeapType(b, a, source, target);
  if (!isNullable(source)) return test;
  if (isNullable(target)) return logical(Op.LOr, isNull(a), test);
  return test.op === Op.Helper ? test : logical(Op.LAnd, eqz(isNull(a)), test);
}

/** The test of a cast: the engine's error of a property of null, or of a number's type, is a trap, too. */
function isCastable(b: FunctionBuilder, a: Node, source: ValType, target: ValType): Node {
  const test = hasHeapType(b, a, source, target, true);
  if (test.op !== Op.HasType) return hasType(b, a, source, target);
  return isNullable(source) && isNullable(target) ? logical(Op.LOr, isNull(a), test) : test;
}

/** The static type of the top of the stack. */
const topType = ({ stack }: FunctionBuilder): ValType => stack.types[stack.types.length - 1]!;

for (const name of ['ref.test', 'ref.test_null'])
  lowering(name, (b) => {
    const source = topType(b);
    const a = b.stack.force(0);
    b.stack.pop();
    b.stack.push(I32, hasType(b, a, source, b.reader.reftype));
  });

for (const name of ['ref.cast', 'ref.cast_null'])
  lowering(name, (b) => {
    const { stack, reader } = b;
    const source = topType(b);
    const a = stack.force(0);
    stack.pop();
    const failure = helper('_cast_failure', R, Fx.trap, []);
    failure.m = 1;
    stack.push(reader.reftype, select(R, isCastable(b, a, source, reader.reftype), a, failure));
  });

/** The static type of what is not of the target type. */
const rest = (source: ValType, target: ValType): ValType =>
  isNullable(target) ? withNullable(source, false) : source;

lowering('br_on_cast', (b) => {
  const { stack, reader } = b;
  const { x, reftype, reftype2 } = reader;
  const a = stack.force(0);
  b.branchIf(x, hasType(b, a, reftype, reftype2));
  stack.types[stack.types.length - 1] = rest(reftype, reftype2);
});
lowering('br_on_cast_fail', (b) => {
  const { stack, reader } = b;
  const { x, reftype, reftype2 } = reader;
  const a = stack.force(0);
  b.branchIf(x, eqz(hasType(b, a, reftype, reftype2)));
  stack.types[stack.types.length - 1] = reftype2;
});

for (const [name, helperName, heap] of [
  ['any.convert_extern', '_any_from_extern', Heap.any],
  ['extern.convert_any', '_any_to_js', Heap.extern],
] as const)
  lowering(name, (b) => {
    const type = refType(heap, isNullable(topType(b)));
    b.stack.push(type, helper(b.ctx.helper(helperName), R, 0, [b.stack.pop()]));
  });
