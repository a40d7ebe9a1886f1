/**
 * Exception handling: `throw`, `throw_ref` and `try_table` (specification, section 3.4), and
 * the legacy instructions `try`, `catch`, `catch_all`, `delegate` and `rethrow`.
 */

import { EXNREF, Heap, refType, type ValType } from '@wasm2js/decoder';
import type { Body } from '../body.js';
import { Kind } from '../nesting.js';
import { typesName } from '../type-names.js';
import { enterBlock } from './control.js';
import type { Rules } from './rule.js';

const EXN: ValType = refType(Heap.exn, false);
/** Clause kinds of `try_table` below this have a tag. */
const FIRST_CATCH_ALL = 2;

const tagParams = (body: Body, tag: number): ValType[] =>
  body.context.tagParams(tag, body.reader.offset, body.func);

function checkCatches(body: Body): void {
  for (const { kind, tag, label } of body.reader.catches) {
    const caught = kind < FIRST_CATCH_ALL ? tagParams(body, tag) : [];
    const carried = kind % 2 === 1 ? [...caught, EXN] : caught;
    const expected = body.labelTypes(label);
    if (!body.types.matchesAll(carried, expected)) {
      body.fail(
        `type mismatch: catch clause: label ${label} expects ${typesName(expected)}, ` +
          `found ${typesName(carried)}`,
      );
    }
  }
}

/** Turns the innermost `try` or `catch` into the next handler. */
function enterHandler(
  body: Body,
  mnemonic: string,
  kind: Kind,
  params: () => readonly ValType[],
): void {
  body.nesting.checkTurn(mnemonic, body.reader.offset, body.func);
  const results = body.popFrame();
  body.pushFrame(kind, params(), results);
}

/** Rules of exception handling. */
export const EXCEPTION_RULES: Rules = {
  throw(body, reader) {
    body.popAll(tagParams(body, reader.x));
    body.setUnreachable();
  },
  throw_ref(body) {
    body.pop(EXNREF);
    body.setUnreachable();
  },
  try_table(body) {
    checkCatches(body);
    enterBlock(body, Kind.tryTable);
  },
  try: (body) => enterBlock(body, Kind.try),
  catch: (body, reader) => enterHandler(body, 'catch', Kind.catch, () => tagParams(body, reader.x)),
  catch_all: (body) => enterHandler(body, 'catch_all', Kind.catchAll, () => []),
  delegate(body, reader) {
    body.nesting.checkTurn('delegate', reader.offset, body.func);
    const results = body.popFrame();
    body.labelLevel(reader.x);
    body.pushAll(results);
  },
  rethrow(body, reader) {
    const kind = body.nesting.kind(body.labelLevel(reader.x));
    if (kind !== Kind.catch && kind !== Kind.catchAll) {
      body.fail(`invalid rethrow label ${reader.x}: expected the label of a catch`);
    }
    body.setUnreachable();
  },
};
