/**
 * What things cost on the hosts that code is made for. There is one code generator; where it has a choice, it asks
 * the model of the class of hosts. Gets the class, gives the model.
 */
import { AHEAD } from './ahead.js';
import type { OptimizeFor } from './options.js';

/** What is worth its price on a class of hosts. */
export interface CostModel {
  /**
   * Telling engines types: coercions of what comes from outside, of what a loop carries, of the operands of a sum.
   * Compiled code becomes faster by it; an interpreter does each of them.
   */
  coercions: boolean;
  /** A second copy of small recursive functions, which engines then inline into the first. */
  twins: boolean;
  /**
   * Choosing between two values without a branch: cheaper where a branch cannot be predicted, several
   * bytecodes more where each is dispatched.
   */
  blends: boolean;
  /** Two truths as a condition: the second is evaluated only where it counts, and neither is made a number. */
  shortcuts?: boolean;
  /** Reading memory through typed arrays where that is exact, by a `DataView` else. */
  typedMemory: boolean;
  /**
   * Accesses to memory by functions of the instance: one of an integer is the letter of such a function, a base, whatever
   * it can be, and an offset. One call more where it is not inlined.
   */
  accessors: boolean;
  /** Helpers that functions name by two letters: stack traces do not tell what they are. */
  shortHelpers?: boolean;
  /** Functions that declare no more variables than this do not look for some to share: the interpreters' frames are small. */
  few: number;
  /** Do variables share registers so that pieces of a function that are alike have the same text (`likenesses.ts`)? */
  likenesses?: boolean;
  /** Functions of `Math` by variables of the module: engines with a JIT know them by name as well. */
  mathVariables: boolean;
  /** Calling methods through a function that compares with those that are known: an engine inlines them into it. */
  methods: boolean;
  /** The same for elements of tables. */
  dispatchers: boolean;
  /** A round of a loop in functions that only throw: what never returns and has no loop, engines do not count. */
  rounds: boolean;
  /** Products by small constants as products of numbers: `x*12|0` spares a call. */
  numberProducts: boolean;
  /**
   * Comparing unsigned words as signed ones with the highest bit changed: of a negative word V8 makes an object to
   * have it unsigned, unless it compiles.
   */
  signedCompares: boolean;
  /**
   * Declaring what all functions use before them, by `var`: of a `const` each use tests whether it has a value by now, and V8's bytecode
   * names the first 256 variables of a function by one byte.
   */
  declaresFirst: boolean;
  /** Copies of small functions in place of calls of them: nobody else inlines where nothing is compiled. */
  inlines: boolean;
}

const JIT: CostModel = {
  coercions: true,
  twins: true,
  blends: true,
  typedMemory: false,
  accessors: false,
  few: 4,
  mathVariables: false,
  methods: true,
  dispatchers: true,
  rounds: true,
  numberProducts: false,
  signedCompares: false,
  declaresFirst: false,
  inlines: false,
};

const MODELS: Readonly<Record<OptimizeFor, CostModel>> = {
  jit: JIT,
  interpreter: {
    coercions: false,
    twins: false,
    blends: false,
    shortcuts: true,
    typedMemory: true,
    accessors: false,
    few: 4,
    mathVariables: true,
    methods: false,
    dispatchers: false,
    rounds: false,
    numberProducts: true,
    signedCompares: true,
    declaresFirst: true,
    inlines: true,
  },
  size: {
    ...JIT,
    coercions: false,
    twins: false,
    blends: false,
    accessors: true,
    shortHelpers: true,
    few: 0,
    likenesses: true,
    mathVariables: true,
    methods: false,
    dispatchers: false,
    numberProducts: true,
  },
};

/** The cost model of a class of hosts. */
export const costModel = (optimizeFor: OptimizeFor): CostModel =>
  AHEAD ? MODELS[optimizeFor] : JIT;
