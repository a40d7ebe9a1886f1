/** Control and parametric instructions (specification, section 3.4). */

import { BOT, I32, isRef, type ValType } from '@wasm2js/decoder';
import type { Body } from '../body.js';
import { Kind } from '../nesting.js';
import { typeName, typesName } from '../type-names.js';
import type { Rules } from './rule.js';

/** Opens a block-like construct with the block type that was read; `if` takes its condition. */
export function enterBlock(body: Body, kind: Kind): void {
  const params = body.blockParams();
  const results = body.blockResults();
  if (kind === Kind.if) body.pop(I32);
  body.popAll(params);
  body.pushFrame(kind, params, results);
}

function select(body: Body): void {
  body.pop(I32);
  const second = body.popAny();
  const first = body.popAny();
  for (const type of [first, second]) {
    if (isRef(type)) {
      body.fail(
        `type mismatch: select without a type requires numbers or vectors, found ${typeName(type)}`,
      );
    }
  }
  if (first !== second && first !== BOT && second !== BOT) {
    body.failMismatch('operands of select', first, second);
  }
  body.push(first === BOT ? second : first);
}

function branchTable(body: Body, targets: readonly number[]): void {
  body.pop(I32);
  const last = body.labelTypes(targets[targets.length - 1]!);
  // Labels of one block type share their array, so each type is checked once.
  const checked = new Set<readonly ValType[]>();
  for (const target of targets) {
    const types = body.labelTypes(target);
    if (checked.has(types)) continue;
    if (types.length !== last.length) {
      body.fail(
        `type mismatch: labels of br_table: expected ${typesName(last)}, found ${typesName(types)}`,
      );
    }
    body.expect(types);
    checked.add(types);
  }
  body.setUnreachable();
}

/** Rules of control and parametric instructions except calls and exceptions. */
export const CONTROL_RULES: Rules = {
  unreachable: (body) => body.setUnreachable(),
  block: (body) => enterBlock(body, Kind.block),
  loop: (body) => enterBlock(body, Kind.loop),
  if: (body) => enterBlock(body, Kind.if),
  else(body, reader) {
    body.nesting.checkTurn('else', reader.offset, body.func);
    const params = body.frameParams;
    body.pushFrame(Kind.else, params, body.popFrame());
  },
  end(body) {
    const { nesting } = body;
    const params =
      nesting.kind(nesting.depth - 1) === Kind.if ? body.frameParams : body.frameResults;
    const results = body.popFrame();
    if (params !== results && !body.types.matchesAll(params, results)) {
      body.fail(
        `type mismatch: if without else: expected ${typesName(results)}, found ${typesName(params)}`,
      );
    }
    if (nesting.depth > 0) body.pushAll(results);
  },
  br(body, reader) {
    body.popAll(body.labelTypes(reader.x));
    body.setUnreachable();
  },
  br_if(body, reader) {
    body.pop(I32);
    const types = body.labelTypes(reader.x);
    body.popAll(types);
    body.pushAll(types);
  },
  br_table: (body, reader) => branchTable(body, reader.targets),
  return(body) {
    body.popAll(body.funcResults);
    body.setUnreachable();
  },
  drop(body) {
    body.popAny();
  },
  select: (body) => select(body),
  select_t(body, reader) {
    const { types } = reader;
    if (types.length !== 1) {
      body.fail(`invalid result arity: expected 1 type, found ${types.length}`);
    }
    const type = types[0]!;
    body.checkValType(type);
    body.pop(I32);
    body.pop(type);
    body.pop(type);
    body.push(type);
  },
};
