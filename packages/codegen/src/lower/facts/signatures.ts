/**
 * How floats cross the calls of each function: which parameters' bits it wants, and whether its
 * results are told by their numbers. Found by building the function once ahead of its lowering,
 * when a caller first asks. Who makes these signatures says how a function is built, since building asks for
 * signatures in turn.
 */
import { F32, F64, type FuncType } from '@wasm2js/decoder';
import type { ModuleContext } from '../../context.js';
import { Demand, isExact, isFresh } from '../analyses/floats.js';
import { D, F, type Node, S, type Stmt, type Variable } from '../ir/ir.js';
import { slotCount } from '../ir/slots.js';
import { eachStatement } from '../ir/traverse.js';
import type { ModuleFacts } from './module-facts.js';

interface Signature {
  bits: boolean[] | undefined;
  exact: boolean;
  /** Does nothing take the bits of float results before they are returned? */
  fresh: boolean;
}

/** Analyses of callees nest at most this deep; beyond, the worst is assumed. */
const MAX_NESTING = 20;

const hasFloats = (types: readonly number[]): boolean =>
  types.some((type) => type === F32 || type === F64);

export class Signatures {
  private readonly known = new Map<number, Signature>();
  private nesting = 0;

  constructor(
    private readonly ctx: ModuleContext,
    private readonly facts: ModuleFacts,
    /** Builds a defined function, up to and with the exactness of its variables. */
    private readonly build: (index: number) => { params: Variable[]; body: Stmt[] },
  ) {}

  /**
   * Finds those of all functions, in order: what is found where functions call each other in circles
   * depends on it, and must not depend on who compiles which function when.
   */
  findAll(): void {
    const { importCounts, funcTypes } = this.ctx.module;
    for (let index = importCounts.func; index < funcTypes.length; index++) {
      const { params, results } = this.typeOf(index);
      if (hasFloats(params) || hasFloats(results)) this.of(index);
    }
  }

  /** For each argument component: does the function want the bits of this float? */
  wantedBits(index: number): boolean[] | undefined {
    const { params } = this.typeOf(index);
    return hasFloats(params) ? this.of(index).bits : undefined;
  }

  /** Are all float results of the function told by their numbers? */
  exactResults(index: number): boolean {
    const { results } = this.typeOf(index);
    return !hasFloats(results) || this.of(index).exact;
  }

  /** Does nothing take the bits of the function's float results before it returns them? */
  freshResults(index: number): boolean {
    return this.of(index).fresh;
  }

  private typeOf(index: number): FuncType {
    const { module } = this.ctx;
    return module.types[module.funcTypes[index]!]!.comp as FuncType;
  }

  private worst(type: FuncType): Signature {
    const bits = type.params.flatMap((t) =>
      new Array<boolean>(slotCount(t)).fill(t === F32 || t === F64),
    );
    return { bits, exact: false, fresh: false };
  }

  /** Builds a function for its analysis. Where that fails, nothing is known of it, and it can be tried again. */
  private analyse(index: number): { params: Variable[]; body: Stmt[] } {
    this.nesting++;
    try {
      const ir = this.build(index);
      new Demand(true).run(ir.body);
      return ir;
    } catch (error) {
      this.known.delete(index);
      throw error;
    } finally {
      this.nesting--;
    }
  }

  private of(index: number): Signature {
    const known = this.known.get(index);
    if (known !== undefined) return known;
    const type = this.typeOf(index);
    const worst = this.worst(type);
    const { module } = this.ctx;
    const imported = module.importCounts.func;
    if (index < imported) {
      this.known.set(index, worst);
      return worst;
    }
    if (this.nesting >= MAX_NESTING) return worst;
    // Callers met on the way see the worst.
    this.known.set(index, worst);
    const ir = this.analyse(index);
    const bits = worst.bits!.map((isFloat, i) => isFloat && ir.params[i]!.needBits);
    const found: Signature = {
      bits: bits.includes(true) ? bits : undefined,
      exact: this.facts.tailCaller[index] === 0 && returnsAll(ir.body, isExact),
      fresh: this.facts.tailCaller[index] === 0 && returnsAll(ir.body, isFresh),
    };
    this.known.set(index, found);
    return found;
  }
}

/** Do all returns hand out such floats only? */
function returnsAll(body: Stmt[], such: (node: Node) => boolean): boolean {
  let all = true;
  eachStatement(body, ({ kind, values }) => {
    if (kind === S.TailCall) all = false;
    for (const node of values ?? [])
      if ((node.type === F || node.type === D) && !such(node)) all = false;
  });
  return all;
}
