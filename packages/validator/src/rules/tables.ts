/** Table instructions, and `memory.copy`, which has their form (specification, section 3.4). */

import { I32, I64, type ValType } from '@wasm2js/decoder';
import type { Rules } from './rule.js';

/** Copies between two address spaces count in the smaller address type. */
const smaller = (a: ValType, b: ValType): ValType => (a === I64 && b === I64 ? I64 : I32);

/** Rules of table instructions and `memory.copy`. */
export const TABLE_RULES: Rules = {
  'table.get'(body, { x }) {
    body.pop(body.tableAddress(x));
    body.push(body.tableElement(x));
  },
  'table.set'(body, { x }) {
    body.popAll([body.tableAddress(x), body.tableElement(x)]);
  },
  'table.size': (body, { x }) => body.push(body.tableAddress(x)),
  'table.grow'(body, { x }) {
    const address = body.tableAddress(x);
    body.popAll([body.tableElement(x), address]);
    body.push(address);
  },
  'table.fill'(body, { x }) {
    const address = body.tableAddress(x);
    body.popAll([address, body.tableElement(x), address]);
  },
  'table.copy'(body, { x, y }) {
    const destination = body.tableElement(x);
    const source = body.tableElement(y);
    if (!body.types.matches(source, destination)) {
      body.failMismatch('elements of table.copy', destination, source);
    }
    const to = body.tableAddress(x);
    const from = body.tableAddress(y);
    body.popAll([to, from, smaller(to, from)]);
  },
  'table.init'(body, { x, y, offset }) {
    const destination = body.tableElement(y);
    const source = body.context.elemType(x, offset, body.func);
    if (!body.types.matches(source, destination)) {
      body.failMismatch('elements of table.init', destination, source);
    }
    body.popAll([body.tableAddress(y), I32, I32]);
  },
  'memory.copy'(body, { x, y }) {
    const to = body.memoryAddress(x);
    const from = body.memoryAddress(y);
    body.popAll([to, from, smaller(to, from)]);
  },
};
