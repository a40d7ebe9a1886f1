/**
 * Which minimums and maximums give canonical NaNs. Engines have NaNs of their own for them: V8's middle tier gives
 * all ones, which further arithmetic hands on. Where what is made of one leaves the function as a number (as an
 * argument, as a result, into an object), its NaN is made by a sum instead (`isSettled`); what stays is left as it
 * is, and stores look after it (`nans.ts`). Gets variables with their assignments.
 */
import {
  D,
  eachOperand,
  F,
  type Node,
  Op,
  S,
  type Stmt,
  someOperand,
  type Variable,
} from '../ir/ir.js';
import { readsOf } from '../ir/reads.js';
import { eachStatement } from '../ir/traverse.js';
import { Spread } from './spread.js';

/** `m` of a minimum or maximum whose NaN is that of a sum. */
const SETTLED = 1;

const isFloat = (type: number): boolean => type === F || type === D;
const isExtreme = ({ op }: Node): boolean => op === Op.FMin || op === Op.FMax;

/** Is this a minimum or maximum whose NaN has to be that of a sum of its operands, which are atoms? */
export const isSettledExtreme = (node: Node): boolean => isExtreme(node) && node.m === SETTLED;

/** Is there a minimum or maximum in the expression whose NaN is the engine's? */
export const hasLooseExtreme = (node: Node): boolean =>
  (isExtreme(node) && node.m !== SETTLED) || someOperand(node, hasLooseExtreme);

const settle = (node: Node): void => {
  if (isExtreme(node)) node.m = SETTLED;
  eachOperand(node, settle);
};

/** Operations that keep or hand on a float operand as a number. */
const HANDS_OUT = new Set([Op.Call, Op.New, Op.List, Op.SetField, Op.SetElem]);

/** Marks minimums and maximums, in place. */
export function settleExtremes(body: Stmt[], variables: readonly Variable[]): void {
  let any = false;
  const escaping = new Spread();
  const leave = (node: Node): void => {
    settle(node);
    readsOf(node, (v) => {
      if (isFloat(v.type)) escaping.marked.add(v);
    });
  };
  const visit = (node: Node): void => {
    if (isExtreme(node)) any = true;
    const out = HANDS_OUT.has(node.op);
    eachOperand(node, (part) => {
      if (out && isFloat(part.type)) leave(part);
      visit(part);
    });
  };
  eachStatement(body, ({ kind, e, values }) => {
    if (e !== null) visit(e);
    for (const node of values ?? []) {
      visit(node);
      if (kind === S.Return || kind === S.Throw) leave(node);
    }
  });
  if (!any) return;
  const floats = variables.filter((v) => isFloat(v.type));
  for (const v of floats)
    for (const { e } of v.sets)
      readsOf(e!, (other) => {
        if (isFloat(other.type)) escaping.edge(v, other);
      });
  escaping.run();
  for (const v of escaping.marked) for (const { e } of v.sets) settle(e!);
}
