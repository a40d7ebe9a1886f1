/**
 * Lowerings of structures, arrays and i31. A structure is an object with a property for each component of its
 * fields, an array one whose property `v` is its storage (support/aggregates.js). An access of null is the engine's own
 * error, which the boundary makes a trap; so what is evaluated behind the object in JavaScript must not trap or write.
 */
import {
  type ArrayType,
  F32,
  F64,
  Heap,
  heapOf,
  I8,
  I16,
  I32,
  I64,
  isAbstract,
  isNullable,
  isRef,
  refType,
  type StorageType,
  type StructType,
  V128,
  type ValType,
} from '@wasm2js/decoder';
import { fieldParts, sharedSize } from '../../../fields.js';
import { isExactNow, isNumber } from '../../analyses/floats.js';
import { and, constant, floatOp, shl, shrS, shrU } from '../../ir/int.js';
import {
  D,
  exprStmt,
  F,
  Fx,
  helper,
  I,
  type IrType,
  ifStmt,
  Node,
  nameNode,
  Op,
  R,
  setList,
} from '../../ir/ir.js';
import { slotCount, slotTotal, slotType } from '../../ir/slots.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';
import { nullNode } from './reference.js';

/** The type of a packed field or element on the stack. */
const unpacked = (type: StorageType): ValType => (type === I8 || type === I16 ? I32 : type);
/** Bits of a packed type, or 32. */
const bitsOf = (type: StorageType): number => (type === I8 ? 8 : type === I16 ? 16 : 32);

/** An integer cut to a packed type. */
function wrapped(type: StorageType, a: Node): Node {
  const left = constant(32 - bitsOf(type));
  return bitsOf(type) === 32 ? a : shrS(shl(a, left), left);
}

/** What is read of a packed type, which is held signed. */
const extended = (type: StorageType, a: Node, signed: boolean): Node =>
  signed || bitsOf(type) === 32 ? a : and(a, constant(2 ** bitsOf(type) - 1));

/** Effects of reaching into an object of this static type. */
const reach = (type: ValType): number => (isNullable(type) ? Fx.trap : 0);

/** The static type of the value so many values below the top. */
const typeBelow = ({ stack }: FunctionBuilder, values: number): ValType =>
  stack.types[stack.types.length - 1 - values]!;

const structType = (b: FunctionBuilder, index: number): StructType =>
  b.module.types[index]!.comp as StructType;
const elementType = (b: FunctionBuilder, index: number): StorageType =>
  (b.module.types[index]!.comp as ArrayType).element.type;

/** A new object of the type. */
function create(b: FunctionBuilder, type: number, list: Node[]): Node {
  let fx = 0;
  for (const node of list) fx |= node.fx;
  const node = new Node(Op.New, R, fx, null, null, null, 0);
  const size = sharedSize(b.module, type);
  node.name = size === undefined ? b.ctx.className(type) : b.ctx.layoutName(size);
  if (size === undefined) setList(node, list);
  else {
    // An object of a shared class says its type; slots that it does not have are null.
    const unused = Array.from({ length: size - list.length }, nullNode);
    setList(node, [nameNode(b.ctx.typeName(type), R, 0), ...list, ...unused]);
  }
  return node;
}

/** `if (x is a NaN) call` for an atom x. */
function whenNan(b: FunctionBuilder, x: Node, call: Node): void {
  const isNan = new Node(Op.FNe, I, x.fx, x, x, null, 0);
  b.stack.emit(ifStmt(isNan, [exprStmt(call)]), isNan.fx | call.fx);
}

/** The words of a float atom's bits. */
const words = (x: Node): Node[] =>
  x.type === F ? [floatOp(Op.BitsLo, I, x)] : [floatOp(Op.BitsLo, I, x), floatOp(Op.BitsHi, I, x)];

/** Keeps the bits of a float that is put into a field, where it is a NaN. `m`: the object is new. */
function keepNan(b: FunctionBuilder, object: Node, field: number, x: Node, isNew: boolean): void {
  const node = new Node(Op.KeepBits, x.type, Fx.writeHeap, object, x, null, field);
  node.m = isNew ? 1 : 0;
  node.fx |= object.fx | x.fx;
  b.stack.effect(node);
}

/** Keeps the bits of a float that has been put into elements of an array. */
function keepElementNan(b: FunctionBuilder, array: Node, start: Node, count: Node, x: Node): void {
  if (isNumber(x)) return;
  const name = b.ctx.helper(x.type === F ? '_array_nan32' : '_array_nan64');
  whenNan(b, x, helper(name, I, Fx.writeHeap, [array, start, count, ...words(x)]));
}

lowering('struct.new', (b) => {
  const { stack, reader } = b;
  const { fields } = structType(b, reader.x);
  const types = fields.map(({ type }) => unpacked(type));
  const count = slotTotal(types);
  const kept: [number, number][] = [];
  let slot = 0;
  types.forEach((type, i) => {
    const node = stack.slots[stack.slots.length - count + slot]!;
    if ((type === F32 || type === F64) && !isExactNow(node)) kept.push([i, slot]);
    slot += slotCount(type);
  });
  for (const [, at] of kept) stack.force(count - 1 - at);
  const values = stack.popValues(types.length);
  const list = [...values];
  slot = 0;
  fields.forEach(({ type }) => {
    if (bitsOf(type) < 32) list[slot] = wrapped(type, list[slot]!);
    slot += slotCount(unpacked(type));
  });
  const type = refType(reader.x, false);
  const made = create(b, reader.x, list);
  if (kept.length === 0) {
    stack.push(type, made);
    return;
  }
  const object = stack.toTemp(made);
  for (const [field, at] of kept) keepNan(b, object, field, values[at]!, true);
  stack.push(type, object);
});

lowering('struct.new_default', (b) => {
  const { fields } = structType(b, b.reader.x);
  const list = fields.flatMap(({ type }) => b.zero(unpacked(type)));
  b.stack.push(refType(b.reader.x, false), create(b, b.reader.x, list));
});

/** A component of a field. */
function field(type: IrType, object: Node, name: string, index: number, fx: number): Node {
  const node = new Node(Op.Field, type, object.fx | fx, object, null, null, index);
  node.name = name;
  return node;
}

function structGet(b: FunctionBuilder, signed: boolean): void {
  const { stack, reader } = b;
  const { x, y } = reader;
  const { type, mutable } = structType(b, x).fields[y]!;
  const fx = reach(typeBelow(b, 0)) | (mutable ? Fx.readHeap : 0);
  const parts = fieldParts(structType(b, x), y);
  const result = unpacked(type);
  const irType = slotType(result);
  if (parts.length > 1 || irType === F || irType === D) stack.force(0);
  const object = stack.pop();
  const nodes = parts.map((name, i) =>
    field(irType, object, name, y, i === 0 ? fx : fx & ~Fx.trap),
  );
  for (const node of nodes) node.m = x;
  if (parts.length === 1) stack.push(result, extended(type, nodes[0]!, signed));
  else pushWords(b, result, nodes);
}
lowering('struct.get', (b) => structGet(b, true));
lowering('struct.get_s', (b) => structGet(b, true));
lowering('struct.get_u', (b) => structGet(b, false));

/** Pushes the words of an i64 or a vector; what may trap is evaluated now, since the first alone does. */
function pushWords(b: FunctionBuilder, type: ValType, nodes: Node[]): void {
  const { stack } = b;
  const found = nodes.map((node, i) =>
    i === 0 && (node.fx & Fx.trap) !== 0 ? stack.toTemp(node) : node,
  );
  if (type === V128) stack.pushVector(found);
  else stack.push64(found[0]!, found[1]!);
}

lowering('struct.set', (b) => {
  const { stack, reader } = b;
  const { x, y } = reader;
  const { type } = structType(b, x).fields[y]!;
  const value = unpacked(type);
  const count = slotCount(value);
  const isFloat = value === F32 || value === F64;
  const fx = reach(typeBelow(b, 1));
  if (count > 1 || isFloat) stack.forceTop(count + 1);
  else stack.settleTop(1, fx);
  const nodes = stack.popValue();
  const object = stack.pop();
  // First, since the stack may be too full for that: then the field has not changed.
  if (isFloat) keepNan(b, object, y, nodes[0]!, false);
  fieldParts(structType(b, x), y).forEach((name, i) => {
    const node = count > 1 || isFloat ? nodes[i]! : wrapped(type, nodes[i]!);
    const set = new Node(
      Op.SetField,
      I,
      object.fx | node.fx | fx | Fx.writeHeap,
      object,
      node,
      null,
      y,
    );
    set.name = name;
    stack.effect(set);
  });
});

/** How an array holds its elements. */
interface Storage {
  /** Suffix of the helpers that make one; undefined for references. */
  kind: 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | undefined;
  /** Type on the stack. */
  type: ValType;
  /** Words of an element: slots, as expressions and in the storage. */
  words: number;
  bytes: number;
}

function storageOf(b: FunctionBuilder, index: number): Storage {
  const packed = elementType(b, index);
  const type = unpacked(packed);
  const words = slotCount(type);
  if (isRef(packed)) return { kind: undefined, type, words, bytes: 0 };
  if (packed === I8) return { kind: 'i8', type, words, bytes: 1 };
  if (packed === I16) return { kind: 'i16', type, words, bytes: 2 };
  if (packed === I32) return { kind: 'i32', type, words, bytes: 4 };
  if (packed === I64) return { kind: 'i64', type, words, bytes: 8 };
  if (packed === F32) return { kind: 'f32', type, words, bytes: 4 };
  if (packed === F64) return { kind: 'f64', type, words, bytes: 8 };
  return { kind: 'v128', type, words, bytes: 16 };
}

const isFloatArray = ({ kind }: Storage): boolean => kind === 'f32' || kind === 'f64';

/** Pops what is put into an array, as its storage has it: a packed integer is held signed. */
function popElement(b: FunctionBuilder, index: number): Node[] {
  const values = b.stack.popValue();
  const type = elementType(b, index);
  return bitsOf(type) < 32 ? [wrapped(type, values[0]!)] : values;
}

/** New storage of zeros or null. */
function zeros(b: FunctionBuilder, { kind }: Storage, n: Node): Node {
  if (kind === undefined) return helper(b.ctx.helper('_refs'), R, Fx.trap, [n, nullNode()]);
  return helper(b.ctx.helper(`_zeros_${kind}`), R, Fx.trap, [n]);
}

lowering('array.new_default', (b) => {
  const { stack, reader } = b;
  const made = create(b, reader.x, [zeros(b, storageOf(b, reader.x), stack.pop())]);
  stack.push(refType(reader.x, false), made);
});

lowering('array.new', (b) => {
  const { stack, reader, ctx } = b;
  const storage = storageOf(b, reader.x);
  const type = refType(reader.x, false);
  if (storage.kind === undefined) {
    // The value is the first operand.
    stack.forceTop(2);
    const n = stack.pop();
    const value = stack.pop();
    stack.push(type, create(b, reader.x, [helper(ctx.helper('_refs'), R, Fx.trap, [n, value])]));
    return;
  }
  stack.forceTop(1 + storage.words);
  const n = stack.pop();
  const value = popElement(b, reader.x);
  const filled = helper(ctx.helper('_fill_words'), R, 0, [zeros(b, storage, n), ...value]);
  const made = create(b, reader.x, [filled]);
  if (!isFloatArray(storage)) {
    stack.push(type, made);
    return;
  }
  const array = stack.toTemp(made);
  keepElementNan(b, array, constant(0), n, value[0]!);
  stack.push(type, array);
});

lowering('array.new_fixed', (b) => {
  const { stack, reader, ctx } = b;
  const { x, y } = reader;
  const storage = storageOf(b, x);
  if (isFloatArray(storage)) stack.forceTop(y);
  const values = stack.popValues(y);
  let fx = 0;
  for (const node of values) fx |= node.fx;
  const list = new Node(Op.List, R, fx, null, null, null, 0);
  const packed = elementType(b, x);
  setList(list, bitsOf(packed) < 32 ? values.map((node) => wrapped(packed, node)) : values);
  const { kind } = storage;
  const name = kind === 'i64' || kind === 'v128' ? 'i32' : kind;
  const made = create(b, x, [
    name === undefined ? list : helper(ctx.helper(`_list_${name}`), R, 0, [list]),
  ]);
  const type = refType(x, false);
  const kept = isFloatArray(storage)
    ? values.flatMap((node, i) => (isExactNow(node) ? [] : [i]))
    : [];
  if (kept.length === 0) {
    stack.push(type, made);
    return;
  }
  const array = stack.toTemp(made);
  for (const i of kept) keepElementNan(b, array, constant(i), constant(1), values[i]!);
  stack.push(type, array);
});

lowering('array.new_data', (b) => {
  const { stack, reader, ctx } = b;
  const { x, y } = reader;
  const storage = storageOf(b, x);
  stack.forceTop(2);
  const n = stack.pop();
  const s = stack.pop();
  const data = nameNode(ctx.data(y), R);
  const checked = helper(ctx.helper('_data_length'), I, Fx.trap | Fx.readState, [
    s,
    n,
    data,
    constant(storage.bytes),
  ]);
  const made = create(b, x, [
    helper(ctx.helper('_data_storage'), R, Fx.readState, [
      zeros(b, storage, checked),
      data,
      s,
      constant(storage.bytes),
    ]),
  ]);
  stack.push(refType(x, false), made);
});

lowering('array.new_elem', (b) => {
  const { stack, reader, ctx } = b;
  const { x, y } = reader;
  const n = stack.pop();
  const s = stack.pop();
  const fx = Fx.trap | Fx.readState;
  const made = helper(ctx.helper('_elem_storage'), R, fx, [s, n, nameNode(ctx.elem(y), R)]);
  stack.push(refType(x, false), create(b, x, [made]));
});

/** A word of an element, as what is read or what is written. */
function element(
  op: Op.Elem | Op.SetElem,
  type: IrType,
  [array, index, value]: [Node, Node, Node | null],
  [word, size]: [number, number],
  fx: number,
): Node {
  const all = array.fx | index.fx | (value === null ? 0 : value.fx) | fx;
  const node = new Node(op, type, all, array, index, value, word);
  node.m = size;
  node.memory = word > 0 ? 1 : 0;
  return node;
}

function arrayGet(b: FunctionBuilder, signed: boolean): void {
  const { stack, reader } = b;
  const packed = elementType(b, reader.x);
  const type = unpacked(packed);
  const { mutable } = (b.module.types[reader.x]!.comp as ArrayType).element;
  const fx = mutable ? Fx.readHeap : 0;
  stack.forceTop(2);
  const index = stack.pop();
  const array = stack.pop();
  const size = slotCount(type);
  const word = (k: number): Node =>
    element(Op.Elem, slotType(type), [array, index, null], [k, size], k === 0 ? fx | Fx.trap : fx);
  if (size === 1) stack.push(type, extended(packed, word(0), signed));
  else
    pushWords(
      b,
      type,
      Array.from({ length: size }, (_, k) => word(k)),
    );
}
lowering('array.get', (b) => arrayGet(b, true));
lowering('array.get_s', (b) => arrayGet(b, true));
lowering('array.get_u', (b) => arrayGet(b, false));

lowering('array.set', (b) => {
  const { stack, reader } = b;
  const storage = storageOf(b, reader.x);
  const { words: size, type } = storage;
  const isFloat = isFloatArray(storage);
  stack.force(1 + size);
  stack.force(size);
  if (size > 1 || isFloat) stack.forceTop(size);
  else stack.settleTop(1, Fx.trap);
  const values = popElement(b, reader.x);
  const index = stack.pop();
  const array = stack.pop();
  values.forEach((value, k) => {
    const fx = Fx.writeHeap | (k === 0 ? Fx.trap : 0);
    stack.effect(element(Op.SetElem, slotType(type), [array, index, value], [k, size], fx));
  });
});

lowering('array.len', (b) => {
  const { stack } = b;
  const type = typeBelow(b, 0);
  const fx = reach(type);
  const array = stack.pop();
  if (isAbstract(heapOf(type))) {
    stack.push(I32, helper(b.ctx.helper('_array_len'), I, fx, [array]));
    return;
  }
  const length = field(I, array, 'n', 0, fx);
  const { words: size } = storageOf(b, heapOf(type));
  stack.push(I32, size === 1 ? length : shrU(length, constant(size === 2 ? 1 : 2)));
});

lowering('array.fill', (b) => {
  const { stack, reader, ctx } = b;
  const storage = storageOf(b, reader.x);
  const size = storage.words;
  stack.forceTop(3 + size);
  const n = stack.pop();
  const value = popElement(b, reader.x);
  const i = stack.pop();
  const array = stack.pop();
  const fx = Fx.trap | Fx.writeHeap;
  if (size > 1)
    stack.effect(helper(ctx.helper('_array_fill_words'), I, fx, [array, i, n, ...value]));
  else stack.effect(helper(ctx.helper('_array_fill'), I, fx, [array, i, value[0]!, n]));
  if (isFloatArray(storage)) keepElementNan(b, array, i, n, value[0]!);
});

const BULK = Fx.trap | Fx.readHeap | Fx.writeHeap | Fx.readState;

/** Pops so many operands of one slot, in order. */
const popAll = ({ stack }: FunctionBuilder, count: number): Node[] =>
  Array.from({ length: count }, () => stack.pop()).reverse();

lowering('array.copy', (b) => {
  const storage = storageOf(b, b.reader.x);
  const name = b.ctx.helper(isFloatArray(storage) ? '_array_copy_floats' : '_array_copy');
  const size = isFloatArray(storage) ? [] : [constant(storage.words)];
  b.stack.effect(helper(name, I, BULK, [...popAll(b, 5), ...size]));
});
lowering('array.init_data', (b) => {
  const { stack, reader, ctx } = b;
  const { bytes } = storageOf(b, reader.x);
  const segment = [nameNode(ctx.data(reader.y), R), constant(bytes)];
  stack.effect(helper(ctx.helper('_array_init_data'), I, BULK, [...popAll(b, 4), ...segment]));
});
lowering('array.init_elem', (b) => {
  const { stack, reader, ctx } = b;
  const segment = nameNode(ctx.elem(reader.y), R);
  stack.effect(helper(ctx.helper('_array_init_elem'), I, BULK, [...popAll(b, 4), segment]));
});

lowering('ref.i31', ({ stack }) => {
  const a = stack.pop();
  stack.push(refType(Heap.i31, false), new Node(Op.Small, R, a.fx, a, null, null, 0));
});

/** The integer that an i31 reference is; null traps. */
function smallValue(b: FunctionBuilder): Node {
  const nullable = isNullable(typeBelow(b, 0));
  const a = b.stack.pop();
  const checked = nullable ? helper(b.ctx.helper('_i31'), R, Fx.trap, [a]) : a;
  return new Node(Op.SmallValue, I, checked.fx, checked, null, null, 0);
}
lowering('i31.get_s', (b) => b.stack.push(I32, smallValue(b)));
lowering('i31.get_u', (b) => b.stack.push(I32, and(smallValue(b), constant(0x7fffffff))));
