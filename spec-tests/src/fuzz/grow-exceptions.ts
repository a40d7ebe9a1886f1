/**
 * Exceptions in random function bodies, in one of the two encodings (engines refuse a module that mixes them): thrown
 * by the function itself, by what it calls and by the host, caught by all forms of handlers, thrown again. Gets what
 * writes the body, gives instructions; what is left on the stack is always of the types that the block has.
 */
import { EXNREF, I32, type ValType } from '@wasm2js/decoder';
import type { Random } from '../mutate/random.js';
import type { Encoder } from '../run/encoder.js';
import { type Signature, sameTypes } from './grow-instructions.js';

/** `standard`: try_table and exnref; `legacy`: try, catch, delegate and rethrow. */
export type ExceptionForm = 'standard' | 'legacy';

/** What the functions of a module throw with, and by which blocks they catch. */
export interface ExceptionTypes {
  form: ExceptionForm;
  /** Values of each tag. */
  tags: ValType[][];
  /** Function types that only these instructions need, behind all others. */
  types: Signature[];
  /** Type index of the first of them. */
  first: number;
  /** Function indices of an import that calls an export, and of one that throws a value of JavaScript. */
  callExport: number;
  throwHost: number;
}

/** A place that branches go to; `caught`: rethrow may name it. */
export interface Label {
  types: readonly ValType[];
  loop: boolean;
  caught?: true;
}

/** What a body offers. */
export interface HandlerBody {
  readonly code: Encoder;
  readonly random: Random;
  /** Labels around, the outermost first. */
  readonly labels: readonly Label[];
  /** Signatures that blocks may have. */
  readonly signatures: readonly Signature[];
  /** Writes a block's opcode and its type. */
  block(opcode: number, signature: Signature): void;
  /** Makes these types the top of the stack. */
  need(types: readonly ValType[]): void;
  pop(count: number): void;
  /** Values of these types have been pushed. */
  pushed(types: readonly ValType[]): void;
  /** Begins what is inside of a label, with a stack of its own. */
  open(label: Label, given: readonly ValType[]): void;
  /** Grows instructions that end with these results; false when the end cannot be reached. */
  fill(results: readonly ValType[]): boolean;
  /** Ends what `open` began. */
  close(): void;
}

/** Exceptions of a module whose functions have these types of values. */
export function exceptionTypes(
  form: ExceptionForm,
  tags: ValType[][],
  first: number,
  imports: number,
): ExceptionTypes {
  const types = tags.map((params): Signature => ({ params, results: [] }));
  for (const results of tags) types.push({ params: [], results });
  if (form === 'standard') {
    for (const values of [...tags, []]) types.push({ params: [], results: [...values, EXNREF] });
  }
  return { form, tags, types, first, callExport: imports, throwHost: imports + 1 };
}

/** A clause of a handler: the tag (undefined: any), and whether the reference comes with the values. */
interface Clause {
  tag: number | undefined;
  ref: boolean;
  carries: ValType[];
}

export class ExceptionGrower {
  constructor(
    private readonly body: HandlerBody,
    private readonly around: ExceptionTypes,
  ) {}

  /** One step: a handler with what it guards, or a call that may throw. */
  step(): void {
    const { code, random } = this.body;
    const kind = random.below(8);
    if (kind < 2) {
      this.body.need([I32]);
      this.body.pop(1);
      code.byte(0x10).u32(kind ? this.around.throwHost : this.around.callExport);
    } else if (this.around.form === 'standard') this.tryTable();
    else if (kind === 2) this.delegate();
    else this.legacyTry();
  }

  /** Throws: the rest of the block cannot be reached. */
  leave(): void {
    const { code, random, labels } = this.body;
    const caught = labels.flatMap((label, i) => (label.caught ? [labels.length - 1 - i] : []));
    if (this.around.form === 'standard' && random.below(3) === 0) {
      this.body.need([EXNREF]);
      code.byte(0x0a); // throw_ref
      return;
    }
    if (caught.length && random.below(2)) {
      code.byte(0x09).u32(random.pick(caught)); // rethrow
      return;
    }
    const tag = random.below(this.around.tags.length);
    this.body.need(this.around.tags[tag]!);
    code.byte(0x08).u32(tag);
  }

  private clause(): Clause {
    const { random } = this.body;
    const tag = random.below(4) ? random.below(this.around.tags.length) : undefined;
    const ref = this.around.form === 'standard' && random.below(3) === 0;
    const values = tag === undefined ? [] : this.around.tags[tag]!;
    return { tag, ref, carries: ref ? [...values, EXNREF] : values };
  }

  /** A signature for what is guarded: of those that give some results, and one without parameters gives, too. */
  private guarded(): Signature {
    const { random, signatures } = this.body;
    const { results } = random.pick(signatures.filter(({ params }) => params.length === 0));
    return random.pick(signatures.filter((one) => sameTypes(one.results, results)));
  }

  /** A label around that takes what a clause carries; undefined where there is none. */
  private fittingLabel(carries: readonly ValType[]): number | undefined {
    const { labels, random } = this.body;
    const fitting = labels.flatMap((label, i) =>
      sameTypes(label.types, carries) ? [labels.length - 1 - i] : [],
    );
    return fitting.length && random.below(3) === 0 ? random.pick(fitting) : undefined;
  }

  /** Blocks around a try_table, one for each clause that does not go to a label around. */
  private tryTable(): void {
    const { body } = this;
    const { code, random } = body;
    const { params, results } = this.guarded();
    const clauses = Array.from({ length: random.below(4) }, () => this.clause());
    const targets = clauses.map(({ carries }) => this.fittingLabel(carries));
    const own = clauses.filter((_, i) => targets[i] === undefined);
    body.block(0x02, { params: [], results });
    body.open({ types: results, loop: false }, []);
    // The block of the first clause is the innermost.
    for (const { carries } of own.toReversed()) {
      body.block(0x02, { params: [], results: carries });
      body.open({ types: carries, loop: false }, []);
    }
    body.need(params);
    body.block(0x1f, { params, results });
    code.u32(clauses.length);
    clauses.forEach((clause, i) => {
      code.byte((clause.tag === undefined ? 2 : 0) + (clause.ref ? 1 : 0));
      if (clause.tag !== undefined) code.u32(clause.tag);
      const target = targets[i];
      code.u32(target === undefined ? own.indexOf(clause) : target + own.length + 1);
    });
    body.open({ types: results, loop: false }, params);
    body.fill(results);
    body.close();
    code.byte(0x0b);
    if (own.length) code.byte(0x0c).u32(own.length);
    own.forEach(({ carries }, i) => {
      body.close();
      code.byte(0x0b);
      body.pushed(carries);
      const reachable = body.fill(results);
      const depth = own.length - 1 - i;
      if (reachable && depth) code.byte(0x0c).u32(depth);
    });
    body.close();
    code.byte(0x0b);
    body.pushed(results);
  }

  private legacyTry(): void {
    const { body } = this;
    const { code, random } = body;
    const { results } = this.legacyGuarded();
    for (let clauses = random.below(3); clauses > 0; clauses--) {
      const tag = random.below(this.around.tags.length);
      code.byte(0x07).u32(tag);
      this.legacyHandler(this.around.tags[tag]!, results);
    }
    if (random.below(3) === 0) {
      code.byte(0x19); // catch_all
      this.legacyHandler([], results);
    }
    code.byte(0x0b);
    body.pushed(results);
  }

  private legacyHandler(values: readonly ValType[], results: readonly ValType[]): void {
    this.body.open({ types: results, loop: false, caught: true }, values);
    this.body.fill(results);
    this.body.close();
  }

  private delegate(): void {
    const { code, random, labels } = this.body;
    const { results } = this.legacyGuarded();
    code.byte(0x18).u32(random.below(labels.length));
    this.body.pushed(results);
  }

  /** A legacy `try` up to its first clause. */
  private legacyGuarded(): Signature {
    const { body } = this;
    const signature = body.random.pick(body.signatures);
    body.need(signature.params);
    body.pop(signature.params.length);
    body.block(0x06, signature);
    body.open({ types: signature.results, loop: false }, signature.params);
    body.fill(signature.results);
    body.close();
    return signature;
  }
}
