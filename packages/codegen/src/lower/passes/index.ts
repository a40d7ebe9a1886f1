/**
 * The passes over a built function, in order. Each gets statements and variables, rewrites them in place, and says
 * what it needs to have run before and what it leaves to those behind it.
 */
import { Demand, findExact } from '../analyses/floats.js';
import { Occurs, survey } from '../analyses/survey.js';
import type { Stmt, Variable } from '../ir/ir.js';
import { coalesce } from './coalesce.js';
import { foldConstants } from './constants.js';
import { settleExtremes } from './extremes.js';
import { forward } from './forward.js';
import { settleKeeps } from './keeps.js';
import { chooseLaneForms } from './lane-forms.js';
import type { LaneSupport } from './lane-writer.js';
import { chooseLanes } from './lanes.js';
import { guardStores } from './nans.js';
import { limitNesting, MAX_NESTING } from './nesting.js';
import { type GuardContext, guardPointers } from './pointers.js';
import { tidy } from './structure.js';
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
  /** The context of the module, for what operations on lanes call. */
  support?: LaneSupport;
  /** Parameters, and what pointers are guarded for, where they are. */
  pointers?: GuardContext | undefined;
  /** Does the function hand on the bits of its float results? */
  returnsBits?: boolean;
  /** What occurs in the function when it is about to be printed: a sum of `Occurs`. */
  occurs?: number;
}

/** When a pass runs: after building (also when only a signature is asked for), or before printing. */
export type Phase = 'build' | 'print';

interface Pass {
  readonly name: string;
  readonly phase: Phase;
  /** What has to hold before, and what holds behind it. */
  readonly needs: string;
  readonly leaves: string;
  /** It does nothing where none of these occurs in the function. */
  readonly only?: number;
  run(work: Work): void;
}

const PASSES: readonly Pass[] = [
  {
    name: 'nesting',
    phase: 'build',
    needs: 'nothing; runs first, since all others recurse over what nests',
    leaves: 'statements that nest no deeper than `MAX_NESTING`',
    run: ({ body, variables, depth }) => {
      if (depth > MAX_NESTING) limitNesting(body, variables);
    },
  },
  {
    name: 'webs',
    phase: 'build',
    needs: 'variables as the module declares them',
    leaves: 'a variable for each independent use of a local; `sets` of each variable',
    run: ({ body, variables }) => splitWebs(body, variables),
  },
  {
    name: 'constants',
    phase: 'build',
    needs: '`sets`',
    leaves: 'no read of a variable that only ever holds one constant',
    run: ({ body, variables }) => foldConstants(body, variables),
  },
  {
    name: 'lane-forms',
    phase: 'build',
    needs: '`sets`; constants in place of variables that hold one',
    leaves: 'no operation on lanes: words, and lanes of 8 and 16 bits in variables of their own',
    run: ({ body, variables, vectors, support }) => {
      if (vectors === true) chooseLaneForms(body, variables, support!);
    },
  },
  {
    name: 'lanes',
    phase: 'build',
    needs: '`sets`; constants in place of variables that hold one',
    leaves: 'words of vectors that only float instructions touch as floats',
    run: ({ body, variables, vectors }) => {
      if (vectors === true) chooseLanes(body, variables);
    },
  },
  {
    name: 'exact',
    phase: 'build',
    needs: '`sets`',
    leaves: '`exact` of float variables: their number tells all of them',
    run: ({ body, variables }) => findExact(variables, body),
  },
  {
    name: 'survey',
    phase: 'print',
    needs: 'all values in expressions: no pass behind it makes what does not occur yet',
    leaves: '`occurs`',
    run: (work) => {
      work.occurs = survey(work.body);
    },
  },
  {
    name: 'keeps',
    phase: 'print',
    only: Occurs.keptBits,
    needs: '`exact`',
    leaves: 'no number where bits beside a field are known; nothing where a new object keeps none',
    run: ({ body }) => settleKeeps(body),
  },
  {
    name: 'demand',
    phase: 'print',
    needs: '`exact`',
    leaves: '`needNumber` and `needBits` of variables, modes of float expressions',
    run: ({ body, returnsBits }) => new Demand(returnsBits === true).run(body),
  },
  {
    name: 'views',
    phase: 'print',
    needs: 'reloads of memory views behind each call that may grow a memory',
    leaves: 'only reloads that an access can see',
    run: ({ body }) => dropDeadReloads(body),
  },
  {
    name: 'extremes',
    phase: 'print',
    only: Occurs.extreme,
    needs: '`sets`',
    leaves: 'marks at minimums and maximums whose NaN has to be canonical',
    run: ({ body, variables }) => settleExtremes(body, variables),
  },
  {
    name: 'forward',
    phase: 'print',
    needs: 'demands',
    leaves: 'values in the expressions that read them; `gets`; what it emptied as Skip',
    run: ({ body }) => forward(body),
  },
  {
    name: 'coalesce',
    phase: 'print',
    needs: '`gets`',
    leaves: 'no variable that is only copied into another',
    run: ({ body }) => coalesce(body),
  },
  {
    name: 'nans',
    phase: 'print',
    only: Occurs.floatStore,
    needs: '`exact`; values in their places',
    leaves: 'marks at stores whose value may be a NaN that is not to be written as it is; `hidden`',
    run: ({ body, variables }) => guardStores(body, variables),
  },
  {
    name: 'pointers',
    phase: 'print',
    needs: 'addresses in their places; no pass behind it moves an assignment or an access',
    leaves: 'indices of pointers beside them, and accesses that use these',
    run: ({ body, variables, pointers }) => {
      if (pointers !== undefined) guardPointers(body, variables, pointers);
    },
  },
  {
    name: 'structure',
    phase: 'print',
    needs: 'nothing; runs last, since it moves statements into arms and cases',
    leaves: 'no Skip, few labels, the cases of each switch',
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
