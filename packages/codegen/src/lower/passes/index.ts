/**
 * The passes over a built function, in order. Each gets statements and variables, rewrites them in place, and says
 * what it needs to have run before and what it leaves to those behind it.
 */
import { AHEAD } from '../../ahead.js';
import { Demand, findExact } from '../analyses/floats.js';
import { Occurs, survey } from '../analyses/survey.js';
import type { Stmt, Variable } from '../ir/ir.js';
import { markAbsences } from './absences.js';
import { coalesce } from './coalesce.js';
import { foldConstants } from './constants.js';
import { shareElements } from './element-reads.js';
import { settleExtremes } from './extremes.js';
import { forward } from './forward.js';
import { meter } from './fuel.js';
import { settleKeeps } from './keeps.js';
import { dropKnownTests } from './known-tests.js';
import { fenceLanes } from './lane-fences.js';
import { chooseLaneForms } from './lane-forms.js';
import type { LaneSupport } from './lane-writer.js';
import { chooseLanes } from './lanes.js';
import { guardStores } from './nans.js';
import { limitNesting, MAX_NESTING } from './nesting.js';
import { type GuardContext, guardPointers } from './pointers.js';
import { makeProducts } from './products.js';
import { tidy } from './structure.js';
import { joinSelects } from './twin-selects.js';
import { dropUnprinted } from './unprinted.js';
import { dropDeadReloads } from './views.js';
import { splitWebs } from './webs.js';

/** What a pass works on. */
export interface Work {
  body: Stmt[];
  variables: Variable[];
  /** So many statements are around another one, at most, as the function was built. */
  depth: number;
  /** Does the function have vectors? */
  vectors?: boolean;
  /** So many sums of products the function has (`ir/sums.ts`). */
  sums?: number;
  /** Do numbers make single products, too? */
  numberProducts?: boolean;
  /** The context of the module, for what operations on lanes call. */
  support?: LaneSupport;
  /** Parameters, and what pointers are guarded for, where they are. */
  pointers?: GuardContext | undefined;
  /** Does the function hand on the bits of its float results? */
  returnsBits?: boolean;
  /** Are integers read and written without a view (`accessors.ts`)? */
  accessors?: boolean;
  /** Names the array that keeps the lanes of vectors apart, where they are to be. */
  fence?: () => string;
  /** Does what runs take fuel? */
  metered?: boolean;
  /** What occurs in the function when it is about to be printed: a sum of `Occurs`. */
  occurs?: number;
}

/** When a pass runs: after building (also when only a signature is asked for), or before printing. */
export type Phase = 'build' | 'print';

interface Pass {
  readonly phase: Phase;
  /** It does nothing where none of these occurs in the function. */
  readonly only?: number;
  run(work: Work): void;
}

/** What looks at elements of arrays and tests of types, where code is made ahead. */
const ahead = (run: Pass['run']): Pass => ({ phase: 'print', only: Occurs.test, run });

const absences: Pass = {
  phase: 'print',
  only: Occurs.element,
  run: ({ body }) => markAbsences(body),
};

const fences: Pass = {
  phase: 'print',
  run: ({ body, vectors, fence }) => {
    if (vectors === true && fence !== undefined) fenceLanes(body, fence);
  },
};

/** Each with what has to hold before it, and what holds behind it. */
const PASSES: readonly Pass[] = [
  // nesting. Needs nothing; runs first, since all others recurse over what nests.
  // Leaves statements that nest no deeper than `MAX_NESTING`.
  {
    phase: 'build',
    run: ({ body, variables, depth }) => {
      if (depth > MAX_NESTING) limitNesting(body, variables);
    },
  },
  // webs. Needs variables as the module declares them.
  // Leaves a variable for each independent use of a local; `sets` of each variable.
  {
    phase: 'build',
    run: ({ body, variables }) => splitWebs(body, variables),
  },
  // constants. Needs `sets`.
  // Leaves no read of a variable that only ever holds one constant.
  {
    phase: 'build',
    run: ({ body, variables }) => foldConstants(body, variables),
  },
  // products. Needs `sets`; constants in place of variables that hold one.
  // Leaves no sum of products: operations on words and numbers.
  {
    phase: 'build',
    run: ({ body, variables, sums, numberProducts }) => {
      if (sums !== undefined && sums > 0) makeProducts(body, variables, numberProducts === true);
    },
  },
  // lane-forms. Needs `sets`; constants in place of variables that hold one.
  // Leaves no operation on lanes: words, and lanes of 8 and 16 bits in variables of their own.
  {
    phase: 'build',
    run: ({ body, variables, vectors, support }) => {
      if (vectors === true) chooseLaneForms(body, variables, support!);
    },
  },
  // lanes. Needs `sets`; constants in place of variables that hold one.
  // Leaves words of vectors that only float instructions touch as floats.
  {
    phase: 'build',
    run: ({ body, variables, vectors }) => {
      if (vectors === true) chooseLanes(body, variables);
    },
  },
  // exact. Needs `sets`.
  // Leaves `exact` of float variables: their number tells all of them.
  {
    phase: 'build',
    run: ({ body, variables }) => findExact(variables, body),
  },
  // survey. Needs all values in expressions: no pass behind it makes what does not occur yet.
  // Leaves `occurs`.
  {
    phase: 'print',
    run: (work) => {
      work.occurs = survey(work.body);
    },
  },
  // element-reads. Needs values in the order in which they are evaluated.
  // Leaves reads of a variable in place of an element that was read before.
  ...(AHEAD ? [ahead(({ body, variables }) => shareElements(body, variables))] : []),
  // keeps. Needs `exact`.
  // Leaves no number where bits beside a field are known; nothing where a new object keeps none.
  {
    phase: 'print',
    only: Occurs.keptBits,
    run: ({ body }) => settleKeeps(body),
  },
  // demand. Needs `exact`.
  // Leaves `needNumber` and `needBits` of variables, modes of float expressions.
  {
    phase: 'print',
    run: ({ body, returnsBits }) => new Demand(returnsBits === true).run(body),
  },
  // views. Needs reloads of memory views behind each call that may grow a memory.
  // Leaves only reloads that an access can see.
  {
    phase: 'print',
    only: Occurs.reload,
    run: ({ body, accessors }) => dropDeadReloads(body, AHEAD && accessors === true),
  },
  // extremes. Needs `sets`.
  // Leaves marks at minimums and maximums whose NaN has to be canonical.
  {
    phase: 'print',
    only: Occurs.extreme,
    run: ({ body, variables }) => settleExtremes(body, variables),
  },
  // forward. Needs demands.
  // Leaves values in the expressions that read them; `gets`; what it emptied as Skip.
  {
    phase: 'print',
    run: ({ body }) => forward(body),
  },
  // coalesce. Needs `gets`.
  // Leaves no variable that is only copied into another.
  {
    phase: 'print',
    run: ({ body }) => coalesce(body),
  },
  // lane-fences. Needs demands; values in their places.
  // Leaves the words of vectors in loops calculated one lane after the other, a store that nobody reads behind each.
  ...(AHEAD ? [fences] : []),
  // unprinted. Needs demands.
  // Leaves no assignment that is not printed: what it would have tested or looked at, it does not.
  ...(AHEAD ? [ahead(({ body }) => dropUnprinted(body))] : []),
  // known-tests. Needs values in their places; no pass behind it moves what may trap.
  // Leaves no test of an index, a type or null that one before it on every way has answered.
  ...(AHEAD ? [ahead(({ body }) => dropKnownTests(body))] : []),
  // absences. Needs values in their places; no pass behind it moves what may trap, is written or called.
  // Leaves marks at elements of arrays whose absence the next access tells.
  ...(AHEAD ? [absences] : []),
  // nans. Needs `exact`; values in their places.
  // Leaves marks at stores whose value may be a NaN that is not to be written as it is; `hidden`.
  {
    phase: 'print',
    only: Occurs.floatStore,
    run: ({ body, variables }) => guardStores(body, variables),
  },
  // pointers. Needs addresses in their places; no pass behind it moves an assignment or an access.
  // Leaves indices of pointers beside them, and accesses that use these.
  {
    phase: 'print',
    run: ({ body, variables, pointers }) => {
      if (AHEAD && pointers !== undefined) guardPointers(body, variables, pointers);
    },
  },
  // twin-selects. Needs values in their places.
  // Leaves one condition for selects that follow each other, where a condition costs as often as it is written.
  {
    phase: 'print',
    run: ({ body, pointers }) => {
      if (AHEAD && pointers !== undefined) joinSelects(body);
    },
  },
  // fuel. Needs accesses and pointers as they stay: what it adds reads and writes nothing of theirs.
  // Leaves a unit of fuel taken at the beginning of the function and of each round of a loop; no marks of fuel.
  {
    phase: 'print',
    run: ({ body, variables, metered }) => {
      if (AHEAD && metered === true) meter(body, variables);
    },
  },
  // structure. Needs nothing; runs last, since it moves statements into arms and cases.
  // Leaves no Skip, few labels, the cases of each switch.
  {
    phase: 'print',
    run: ({ body, occurs }) => tidy(body, (occurs! & Occurs.switch) !== 0),
  },
];

/** Runs the passes of a phase, in order, over a function; rewrites it in place. */
export function runPasses(phase: Phase, work: Work): void {
  for (const pass of PASSES) {
    if (pass.phase !== phase) continue;
    if (pass.only === undefined || (work.occurs! & pass.only) !== 0) pass.run(work);
  }
}
