/** Calls and tail calls (specification, section 3.4, "Control Instructions"). */

import { FUNCREF, type FuncType, type InstructionReader, refType } from '@wasm2js/decoder';
import type { Body } from '../body.js';
import { lookup } from '../context.js';
import { typesName } from '../type-names.js';
import type { Rules } from './rule.js';

/** What a call instruction calls; operands that choose the callee are popped. */
type Callee = (body: Body, reader: InstructionReader) => FuncType;

const direct: Callee = (body, { x, offset }) => {
  const type = lookup(body.context.module.funcTypes, x, 'function', 'functions', offset, body.func);
  return body.context.funcType(type, offset, body.func);
};

const indirect: Callee = (body, { x, y, offset }) => {
  const element = body.tableElement(y);
  if (!body.types.matches(element, FUNCREF)) {
    body.failMismatch(`element type of table ${y}`, FUNCREF, element);
  }
  const type = body.context.funcType(x, offset, body.func);
  body.pop(body.tableAddress(y));
  return type;
};

const reference: Callee = (body, { x, offset }) => {
  const type = body.context.funcType(x, offset, body.func);
  body.pop(refType(x, true));
  return type;
};

function call(body: Body, type: FuncType): void {
  body.popAll(type.params);
  body.pushAll(type.results);
}

function tailCall(body: Body, type: FuncType): void {
  if (!body.types.matchesAll(type.results, body.funcResults)) {
    const expected = typesName(body.funcResults);
    body.fail(
      `type mismatch: results of a tail call: expected ${expected}, found ${typesName(type.results)}`,
    );
  }
  body.popAll(type.params);
  body.setUnreachable();
}

/** Rules of calls. */
export const CALL_RULES: Rules = {
  call: (body, reader) => call(body, direct(body, reader)),
  call_indirect: (body, reader) => call(body, indirect(body, reader)),
  call_ref: (body, reader) => call(body, reference(body, reader)),
  return_call: (body, reader) => tailCall(body, direct(body, reader)),
  return_call_indirect: (body, reader) => tailCall(body, indirect(body, reader)),
  return_call_ref: (body, reader) => tailCall(body, reference(body, reader)),
};
