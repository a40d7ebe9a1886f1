/** Variable instructions (specification, section 3.4, "Variable Instructions"). */

import type { GlobalType, InstructionReader, ValType } from '@wasm2js/decoder';
import type { Body } from '../body.js';
import type { Rules } from './rule.js';

function localType(body: Body, index: number): ValType {
  const { locals } = body;
  if (index >= locals.count) {
    body.fail(`unknown local ${index}: the function has ${locals.count} locals`);
  }
  return locals.typeOf(index);
}

function globalType(body: Body, { x }: InstructionReader): GlobalType {
  if (x >= body.visibleGlobals) {
    body.fail(`unknown global ${x}: ${body.visibleGlobals} globals are defined here`);
  }
  return body.context.module.globalTypes[x]!;
}

/** Rules of variable instructions. */
export const VARIABLE_RULES: Rules = {
  'local.get'(body, reader) {
    const type = localType(body, reader.x);
    if (!body.locals.isSet(reader.x)) body.fail(`uninitialized local ${reader.x}`);
    body.push(type);
  },
  'local.set'(body, reader) {
    body.pop(localType(body, reader.x));
    body.locals.markSet(reader.x);
  },
  'local.tee'(body, reader) {
    const type = localType(body, reader.x);
    body.pop(type);
    body.locals.markSet(reader.x);
    body.push(type);
  },
  'global.get'(body, reader) {
    const { type, mutable } = globalType(body, reader);
    if (body.constant && mutable) {
      body.fail(`constant expression required: global ${reader.x} is mutable`);
    }
    body.push(type);
  },
  'global.set'(body, reader) {
    const { type, mutable } = globalType(body, reader);
    if (!mutable) body.fail(`immutable global ${reader.x}`);
    body.pop(type);
  },
};
