/**
 * The second form that functions of 64-bit integers may have, on whole words (`twin.ts`), and the way from the first one
 * to it: where the host is one that is fast at it, the first counts its calls and rounds, and hands on.
 */
import { I32 } from '@wasm2js/decoder';
import type { FunctionDeclaration, Identifier, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import { counted, countRounds } from './count.js';
import { type Item, readTree } from './read.js';
import { printTwin } from './twin.js';

/**
 * Makes the second form of a function, if it may have one and that pays.
 * @param index function index, imports included
 * @param halves its first form, which is changed to count and to hand on
 * @returns what is to stand beside it
 */
export function wideTwin(
  ctx: ModuleContext,
  index: number,
  halves: FunctionDeclaration,
): Statement[] {
  const { wideWords, module, fuel, suspendable } = ctx;
  if (fuel !== undefined || suspendable) return [];
  const always = wideWords === 'always';
  const tree = readTree(module, index, { any: always, calls: wideWords !== 'leaves' });
  if (tree === undefined || !reaches(ctx, tree.items)) return [];
  const name = halves.id.name;
  const twin = printTwin(ctx, index, name, tree);
  if (twin === undefined) return [];
  const args = (halves.params as Identifier[]).map((param) => es.id(param.name));
  const handOn = es.ret(es.call(es.id(`w${name}`), args));
  if (always) {
    halves.body.body = [handOn];
    return twin.functions;
  }
  const ran = `n${name}`;
  ctx.counters.add(ran);
  // A loop that is entered but once may be one of V8's middle tier to its end.
  if (!twin.stays) countRounds(halves.body.body, ran);
  const often = es.bin('>', es.id(ran), es.id(ctx.helper('_wide_after')));
  const test = es.logic('&&', often, es.call(es.id(ctx.helper('_is_wide')), [es.id(ran)]));
  halves.body.body.unshift(counted(ran, 1), es.when(test, handOn));
  return twin.functions;
}

/** Are memory and globals such as the form can use? */
function reaches(ctx: ModuleContext, items: readonly Item[]): boolean {
  const { memoryTypes, globalTypes } = ctx.module;
  return items.every(({ name, x, body, alt }) => {
    if (name.startsWith('global.') && globalTypes[x]!.type !== I32) return false;
    if (/\.(load|store)/.test(name)) {
      const { limits } = memoryTypes[x]!;
      if (x !== 0 || limits.shared || limits.addr64) return false;
    }
    return reaches(ctx, body) && reaches(ctx, alt);
  });
}
