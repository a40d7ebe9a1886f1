/**
 * The second form that functions of 64-bit integers may have, on whole words (`twin.ts`), and the way from the first one
 * to it: where the host is one that is fast at it, the first counts its calls and rounds, and hands on.
 */
import { I32 } from '@wasm2js/decoder';
import type { Expression, FunctionDeclaration, Identifier, Statement } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import { counted, countRounds, ranOf } from './count.js';
import { type Item, readTree, sizeOf } from './read.js';
import { printTwin } from './twin.js';

/** What is to be done with a call; nothing else is called so. */
const TURN = 't_';
/** An entry counts as one round for so many items. */
const ITEMS_TO_ROUND = 128;

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
  const tree = treeOf(ctx, index);
  if (tree === undefined) return [];
  const name = halves.id.name;
  const twin = printTwin(ctx, index, name, tree);
  if (twin === undefined) return [];
  const args = (halves.params as Identifier[]).map((param) => es.id(param.name));
  const handOn = es.ret(es.call(es.id(`w${name}`), args));
  if (ctx.wideWords === 'always') {
    halves.body.body = [handOn];
    return twin.functions;
  }
  const state = `s${name}`;
  ctx.counters.set(state, `${ctx.helper('_wide_state')}()`);
  // A loop that is entered but once may be one of V8's middle tier to its end.
  if (!twin.stays) countRounds(halves.body.body, state);
  const entries = Math.ceil(sizeOf(tree.items) / ITEMS_TO_ROUND);
  halves.body.body.unshift(handsOn(ctx, state, name, args, entries));
  return twin.functions;
}

/** What the first form begins with: it counts, and from some rounds on a call may be one of the second form, or a step to it. */
function handsOn(
  ctx: ModuleContext,
  state: string,
  name: string,
  args: Expression[],
  entries: number,
): Statement {
  const helper = (called: string, more: Expression[]): Expression =>
    es.call(es.id(ctx.helper(called)), [es.id(state), ...more]);
  const words = es.id(`w${name}`);
  const how = es.cond(
    es.bin('<', es.id(TURN), es.num(2)),
    es.call(words, [...args, es.num(0)]),
    helper('_wide_step', [es.id(name), words, ...args]),
  );
  return es.when(
    es.bin('<=', ranOf(state), es.id(ctx.helper('_wide_after'))),
    counted(state, es.num(entries)),
    es.block([
      es.declare('const', [[TURN, helper('_wide_turn', [])]]),
      es.when(es.id(TURN), es.ret(how)),
    ]),
  );
}

/** The function read for its second form; undefined where it has none. */
function treeOf(ctx: ModuleContext, index: number): ReturnType<typeof readTree> {
  const { wideWords, module, fuel, suspendable } = ctx;
  if (!wideWords || fuel !== undefined || suspendable) return undefined;
  const tree = readTree(module, index, wideWords === 'always');
  return tree !== undefined && reaches(ctx, tree.items) ? tree : undefined;
}

/** May the function have a second form? @param index function index, imports included */
export const mayBeWide = (ctx: ModuleContext, index: number): boolean =>
  treeOf(ctx, index) !== undefined;

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
