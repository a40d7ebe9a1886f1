/**
 * Reference instructions and casts (specification, section 3.4), with those of the
 * custom descriptors proposal.
 */

import {
  ANYREF,
  EXTERNREF,
  formatHeapType,
  heapOf,
  I32,
  isAbstract,
  isExact,
  isNullable,
  refType,
  type ValType,
  withNullable,
} from '@wasm2js/decoder';
import type { Body } from '../body.js';
import { lookup } from '../context.js';
import { typeName, typesName } from '../type-names.js';
import type { Rule, Rules } from './rule.js';

function refFunc(body: Body, index: number): void {
  const { context, reader } = body;
  const { funcTypes } = context.module;
  const type = lookup(funcTypes, index, 'function', 'functions', reader.offset, body.func);
  if (body.constant) {
    context.declaredFuncs.add(index);
  } else if (!context.declaredFuncs.has(index)) {
    body.fail(`undeclared function reference ${index}`);
  }
  body.push(refType(type, false, !context.inexactFuncs.has(index)));
}

/** The nullable top type of a reference type's hierarchy: what a cast takes. */
function castOperand(body: Body, target: ValType): ValType {
  body.checkValType(target);
  return refType(body.types.topOf(heapOf(target)), true);
}

const test: Rule = (body, { reftype }) => {
  body.pop(castOperand(body, reftype));
  body.push(I32);
};

const cast: Rule = (body, { reftype }) => {
  body.pop(castOperand(body, reftype));
  body.push(reftype);
};

/** Conversions between the hierarchies of `any` and `extern` keep nullability. */
const convert =
  (from: ValType, to: ValType): Rule =>
  (body) =>
    body.push(withNullable(to, isNullable(body.pop(from))));

/** The descriptor operand of a cast to a type: exact when the type is. */
function descriptorOperand(body: Body, target: ValType): ValType {
  body.checkValType(target);
  const heap = heapOf(target);
  const descriptor = isAbstract(heap) ? undefined : body.types.types[heap]!.descriptor;
  if (descriptor === undefined) {
    body.fail(`type ${formatHeapType(heap)} does not have a descriptor`);
  }
  return refType(descriptor, true, isExact(target));
}

const castDescriptor: Rule = (body, reader) => {
  const descriptor = descriptorOperand(body, reader.reftype);
  body.pop(descriptor);
  cast(body, reader);
};

function getDescriptor(body: Body, index: number): void {
  const { types } = body.types;
  const type = lookup(types, index, 'type', 'types', body.reader.offset, body.func);
  if (type.descriptor === undefined) {
    body.fail(`type without descriptor: type ${index}`);
  }
  const found = body.pop(refType(index, true));
  const exact = body.types.matches(found, refType(index, true, true));
  body.push(refType(type.descriptor, false, exact));
}

/**
 * A branch that sends one more operand than the stack has before it: `sent` must match the
 * label's last type, the operands below it the others.
 */
function branchWith(body: Body, label: number, sent: ValType): void {
  const types = body.labelTypes(label);
  const last = types[types.length - 1];
  if (last === undefined || !body.types.matches(sent, last)) {
    body.fail(
      `type mismatch: branch sends ${typeName(sent)} but label ${label} expects ${typesName(types)}`,
    );
  }
  const others = types.slice(0, -1);
  body.popAll(others);
  body.pushAll(others);
}

const branchOnCast =
  (onFail: boolean, withDescriptor: boolean): Rule =>
  (body, { x, reftype: from, reftype2: to }) => {
    const { types } = body;
    body.checkValType(from);
    body.checkValType(to);
    const descriptor = withDescriptor ? descriptorOperand(body, to) : undefined;
    const related =
      withDescriptor || body.context.options.unrelatedCasts
        ? types.topOf(heapOf(from)) === types.topOf(heapOf(to))
        : types.matches(to, from);
    if (!related) body.failMismatch('target of a cast', from, to);
    if (descriptor !== undefined) body.pop(descriptor);
    body.pop(from);
    const rest = types.difference(from, to);
    branchWith(body, x, onFail ? rest : to);
    body.push(onFail ? to : rest);
  };

/** Rules of reference instructions and casts. */
export const REFERENCE_RULES: Rules = {
  'ref.null'(body, { reftype }) {
    body.checkValType(reftype);
    body.push(reftype);
  },
  'ref.is_null'(body) {
    body.popRef();
    body.push(I32);
  },
  'ref.func': (body, { x }) => refFunc(body, x),
  'ref.as_non_null': (body) => body.push(withNullable(body.popRef(), false)),
  br_on_null(body, { x }) {
    const found = body.popRef();
    const types = body.labelTypes(x);
    body.popAll(types);
    body.pushAll(types);
    body.push(withNullable(found, false));
  },
  br_on_non_null: (body, { x }) => branchWith(body, x, withNullable(body.popRef(), false)),
  'ref.test': test,
  'ref.test_null': test,
  'ref.cast': cast,
  'ref.cast_null': cast,
  br_on_cast: branchOnCast(false, false),
  br_on_cast_fail: branchOnCast(true, false),
  'any.convert_extern': convert(EXTERNREF, ANYREF),
  'extern.convert_any': convert(ANYREF, EXTERNREF),
  'ref.get_desc': (body, { x }) => getDescriptor(body, x),
  'ref.cast_desc_eq': castDescriptor,
  'ref.cast_desc_eq_null': castDescriptor,
  br_on_cast_desc_eq: branchOnCast(false, true),
  br_on_cast_desc_eq_fail: branchOnCast(true, true),
};
