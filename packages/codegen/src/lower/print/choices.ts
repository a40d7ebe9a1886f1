/**
 * The arrays that are chosen for pointers (`passes/chosen-arrays.ts`), as statements: `q=p>>>2` and
 * `if(p&3||last<q){q=(p>>>0)/4;A=slow}else A=array`. Gets assignments of indices. Keeps: what is chosen stays where the memory grows.
 */
import type { Expression, Statement } from 'estree';
import { LAST_ELEMENTS } from '../../context.js';
import { assign, bin, block, expr, id, logic, num } from '../../estree.js';
import { lowZeros } from '../analyses/elements.js';
import { type Choice, type Node, Op, R, type Variable } from '../ir/ir.js';
import { chosenName } from '../ir/names.js';
import type { Printer } from './printer.js';
import { plus } from './typed-memory.js';
import { ANY, INT, UINT } from './wants.js';

/** Makes the variables for the arrays of an index. */
export function declareChoices(printer: Printer, index: Variable): void {
  const { kinds, memory, once } = index.chosen!;
  for (const kind of kinds) {
    const name = chosenName(index, kind);
    printer.extra.set(name, R);
    printer.choices.set(name, { memory, kind, once });
  }
}

/** What stands for the array where an access is odd or out of bounds. */
const slow = (printer: Printer, { memory, kind }: Pick<Choice, 'memory' | 'kind'>): Expression =>
  id(printer.ctx.memoryView(memory, kind.toUpperCase()));

/** Appends what chooses anew behind what may have let the memory grow. */
export function chooseAgain(printer: Printer, out: Statement[]): void {
  for (const [name, choice] of printer.choices) {
    if (!printer.ctx.memory(choice.memory).growable) continue;
    const kept = bin('===', id(name), slow(printer, choice));
    const array = printer.typedView(choice.memory, choice.kind);
    out.push(expr(logic('||', kept, assign(name, array))));
  }
}

/** Appends the assignment of an index for whose pointer arrays are chosen, and the choice. */
export function printChoice(printer: Printer, index: Variable, e: Node, out: Statement[]): void {
  const { kinds, memory, unit, beyond, once } = index.chosen!;
  const { name } = index;
  const isTested = e.op === Op.PointerIndex;
  const found = isTested ? bin('>>>', printer.int(e.a!, ANY), num(unit)) : printer.int(e, INT);
  out.push(expr(assign(name, found)));
  // Exactly: stacks and tables may end where their memory does.
  const last = printer.typedView(memory, LAST_ELEMENTS[unit]!);
  const outside = bin('<', last, plus(id(name), beyond));
  const isOdd = isTested && lowZeros(e.a!) < unit;
  const test = isOdd
    ? logic('||', bin('&', printer.int(e.a!, ANY), num(2 ** unit - 1)), outside)
    : outside;
  const to = (array: (kind: string) => Expression): Statement[] =>
    kinds.map((kind) => expr(assign(chosenName(index, kind), array(kind))));
  const consequent = to((kind) => slow(printer, { memory, kind }));
  if (isOdd) consequent.push(expr(assign(name, bin('/', printer.int(e.a!, UINT), num(2 ** unit)))));
  // Steps lead beyond the last address: the pointer has wrapped, the index has not.
  else if (e.op === Op.IndexSum || e.op === Op.Get)
    consequent.push(expr(assign(name, bin('%', id(name), num(2 ** (32 - unit))))));
  // What moves by steps of its own keeps the object: its index may be a fraction.
  const isKept = once || (e.op === Op.IndexSum && e.a!.v === index);
  out.push({
    type: 'IfStatement',
    test,
    consequent: block(consequent),
    alternate: isKept ? null : block(to((kind) => printer.typedView(memory, kind))),
  });
}
