/**
 * What occurs in a function at all. Gets its statements, gives flags: most functions have nothing of what some passes
 * look for, and one short walk tells that for all of these.
 */
import { AHEAD } from '../../ahead.js';
import { D, F, type Node, Op, R, S, type Stmt } from '../ir/ir.js';

/** What may occur: a sum of these. */
export const Occurs = {
  /** A float is written to memory or into an array. */
  floatStore: 1,
  /** A minimum or maximum of floats. */
  extreme: 2,
  /** Bits of a NaN are kept beside a field. */
  keptBits: 4,
  switch: 8,
  /** A reference is read from an array. */
  element: 16,
  /** An element, or a test of a type. */
  test: 32,
  /** The views of memories are read anew. */
  reload: 64,
} as const;

function nodeOccurs(node: Node): number {
  let found = 0;
  const { op } = node;
  if (AHEAD && (op === Op.Elem || op === Op.SetElem || op === Op.HasType)) found = Occurs.test;
  switch (op) {
    case Op.Const:
    case Op.Get:
      return 0;
    case Op.Store:
    case Op.SetElem:
      if (node.type === F || node.type === D) found |= Occurs.floatStore;
      break;
    case Op.FMin:
    case Op.FMax:
      found = Occurs.extreme;
      break;
    case Op.Elem:
      if (node.type === R) found |= Occurs.element;
      break;
    case Op.KeepBits:
      found = Occurs.keptBits;
      break;
    default:
  }
  if (node.a !== null) found |= nodeOccurs(node.a);
  if (node.b !== null) found |= nodeOccurs(node.b);
  if (node.c !== null) found |= nodeOccurs(node.c);
  if (node.list !== null) for (const arg of node.list) found |= nodeOccurs(arg);
  return found;
}

/** What occurs in the statements. @returns a sum of `Occurs` */
export function survey(body: readonly Stmt[]): number {
  let found = 0;
  for (const { kind, e, values, body: inside, alt, cases } of body) {
    if (kind === S.Switch) found |= Occurs.switch;
    else if (kind === S.Reload) found |= Occurs.reload;
    if (e !== null) found |= nodeOccurs(e);
    if (values !== null) for (const node of values) found |= nodeOccurs(node);
    if (inside !== null) found |= survey(inside);
    if (alt !== null) found |= survey(alt);
    if (cases !== null) for (const item of cases) found |= survey(item.body);
  }
  return found;
}
