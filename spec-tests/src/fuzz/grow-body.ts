/**
 * Random function bodies, written as a stack machine: values stay on the operand stack across stores,
 * calls and branches, where a compiler that keeps expressions as trees can go wrong.
 *
 * NaN bits that the specification leaves open are made canonical after the instruction; NaNs that
 * are only moved keep their bits and are compared.
 */

import { EXNREF, F32, I32, I64, V128, type ValType } from '@wasm2js/decoder';
import type { Random } from '../mutate/random.js';
import { Encoder } from '../run/encoder.js';
import { ExceptionGrower, type ExceptionTypes, type Label } from './grow-exceptions.js';
import {
  type Instructions,
  instructionsOf,
  OPEN_NAN,
  type Signature,
  sameTypes,
  write,
} from './grow-instructions.js';
import { MemoryGrower, type MemoryKind } from './grow-memory.js';
import { ObjectGrower, objectLocals } from './grow-objects.js';
import { writeConstant } from './grow-values.js';

/** What the functions of a module have in common. */
export interface Surroundings {
  types: Signature[];
  /** Type index of each function that may be called: it only calls functions before it. */
  callable: number[];
  memory: MemoryKind;
  /** Types of the mutable globals; global 0 is the fuel. */
  globals: ValType[];
  /** Number of elements of each table at first; they may grow by as many again. */
  tableSize: number;
  /** Number of tables, of passive element segments and of passive data segments. */
  tables: number;
  elems: number;
  datas: number;
  /** Function index of the log import of each type that JavaScript has. */
  log: Map<ValType, number>;
  /** The types in which everything is grown. */
  kinds: readonly ValType[];
  /** Index of the first type of an object; undefined where there are none. */
  objects: number | undefined;
  /** Tags and types of exceptions; undefined where there are none. */
  exceptions: ExceptionTypes | undefined;
  /** Number of imported functions. */
  imports: number;
}

/** Grows the body of one function. */
export class BodyGrower {
  private readonly code = new Encoder();
  private readonly locals: ValType[];
  /** Types on the operand stack since the innermost block began. */
  private stack: ValType[] = [];
  /** Types that a branch to each label carries, the outermost first. */
  private readonly labels: Label[];
  private budget: number;
  private readonly instructions: Instructions;
  private readonly memory: MemoryGrower;
  private readonly objects: ObjectGrower | undefined;
  private readonly exceptions: ExceptionGrower | undefined;
  /** Stacks of the blocks around those that are open. */
  private readonly outer: ValType[][] = [];

  constructor(
    private readonly random: Random,
    private readonly around: Surroundings,
    private readonly signature: Signature,
  ) {
    this.locals = [...signature.params];
    // One local of each type at least, for values that must step aside.
    const { kinds } = around;
    this.instructions = instructionsOf(kinds);
    for (const type of [...kinds, ...kinds.filter(() => random.below(2))]) this.locals.push(type);
    this.labels = [{ types: signature.results, loop: false }];
    const shared = {
      code: this.code,
      random,
      need: (types: readonly ValType[]) => this.need(types),
      pop: (count: number) => this.pop(count),
    };
    const single = {
      ...shared,
      push: (type: ValType) => this.push(type),
      pushed: (type: ValType) => void this.stack.push(type),
    };
    this.memory = new MemoryGrower(single, around.memory, this.instructions);
    if (around.exceptions !== undefined) {
      if (around.exceptions.form === 'standard') this.locals.push(EXNREF);
      const body = {
        ...shared,
        labels: this.labels,
        signatures: around.types,
        block: (opcode: number, type: Signature) => this.blockType(opcode, type),
        pushed: (types: readonly ValType[]) => void this.stack.push(...types),
        open: (label: Label, given: readonly ValType[]) => this.open(label, given),
        fill: (results: readonly ValType[]) => this.fill(results),
        close: () => this.close(),
      };
      this.exceptions = new ExceptionGrower(body, around.exceptions);
    }
    if (around.objects !== undefined)
      this.objects = new ObjectGrower(single, around.objects, this.locals.length);
    this.budget = 20 + random.below(120);
  }

  /** The code entry: locals and instructions. */
  grow(): Encoder {
    this.burn();
    this.objects?.begin();
    this.steps();
    this.settle(this.signature.results);
    this.code.byte(0x0b);
    const { objects } = this.around;
    const declared = this.locals.slice(this.signature.params.length);
    if (objects !== undefined) declared.push(...objectLocals(objects));
    const entry = new Encoder().u32(declared.length);
    for (const type of declared) entry.u32(1).valType(type);
    return entry.raw(this.code.bytes);
  }

  /** Takes one unit of fuel and traps when there is none. */
  private burn(): void {
    this.code.byte(0x23, 0, 0x45, 0x04, 0x40, 0x00, 0x0b); // unless fuel: unreachable
    this.code.byte(0x23, 0, 0x41, 1, 0x6b, 0x24, 0); // fuel -= 1
  }

  /** Random steps; false when the rest of the block cannot be reached. */
  private steps(): boolean {
    const count = 2 + this.random.below(12);
    for (let i = 0; i < count && this.budget-- > 0; i++) {
      if (!this.step()) return false;
    }
    return true;
  }

  private step(): boolean {
    if (this.exceptions !== undefined && this.random.below(5) === 0) {
      if (this.random.below(3)) this.exceptions.step();
      else if (this.random.below(3) === 0) {
        this.exceptions.leave();
        return false;
      }
      return true;
    }
    if (this.objects !== undefined && this.random.below(5) < 2) {
      this.objects.step();
      return true;
    }
    if (this.around.memory.atomics && this.random.below(6) === 0) {
      this.memory.atomic();
      return true;
    }
    switch (this.random.below(22)) {
      case 0:
      case 1:
      case 2:
        this.push(this.type());
        return true;
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
        this.plain();
        return true;
      case 8:
        this.memory.load();
        return true;
      case 9:
      case 10:
        this.memory.store();
        return true;
      case 11:
        this.assignLocal();
        return true;
      case 12:
        this.assignGlobal();
        return true;
      case 13:
        this.call();
        return true;
      case 14:
        this.block();
        return true;
      case 15:
        this.conditional();
        return true;
      case 16:
        this.branchIf();
        return true;
      case 17:
        this.select();
        return true;
      case 18:
        this.memory.bulk();
        return true;
      case 19:
        this.table();
        return true;
      case 20:
        if (this.random.below(3) === 0) this.resize();
        return true;
      default:
        return this.random.below(4) > 0 || this.leave();
    }
  }

  private type(): ValType {
    return this.random.pick(this.around.kinds);
  }

  private localOf(type: ValType): number {
    const fitting = this.locals.flatMap((local, i) => (local === type ? [i] : []));
    return this.random.pick(fitting);
  }

  /** Pushes a value of a type. */
  private push(type: ValType): void {
    const globals = this.around.globals.flatMap((global, i) => (i && global === type ? [i] : []));
    switch (this.random.below(type === EXNREF ? 6 : 4)) {
      case 0:
        writeConstant(this.code, this.random, type);
        break;
      case 1:
        if (globals.length) this.code.byte(0x23).u32(this.random.pick(globals));
        else this.code.byte(0x20).u32(this.localOf(type));
        break;
      default:
        this.code.byte(0x20).u32(this.localOf(type));
    }
    this.stack.push(type);
  }

  private topIs(types: readonly ValType[]): boolean {
    const from = this.stack.length - types.length;
    return from >= 0 && types.every((type, i) => this.stack[from + i] === type);
  }

  /** Makes the given types the top of the stack, with what is there already if it fits. */
  private need(types: readonly ValType[]): void {
    for (let fitting = types.length; fitting >= 0; fitting--) {
      if (!this.topIs(types.slice(0, fitting))) continue;
      for (const type of types.slice(fitting)) this.push(type);
      return;
    }
  }

  private pop(count: number): void {
    this.stack.length -= count;
  }

  private plain(): void {
    const { plain } = this.instructions;
    const fitting = plain.filter(({ params }) => this.topIs(params!));
    const row = this.random.pick(fitting.length && this.random.below(4) ? fitting : plain);
    this.need(row.params!);
    write(this.code, row);
    const count = row.immediates === 'lanes' ? 16 : row.immediates === 'lane' ? 1 : 0;
    for (let i = 0; i < count; i++) this.code.byte(this.random.below(row.lanes));
    this.pop(row.params!.length);
    const result = row.results![0]!;
    this.stack.push(result);
    if (OPEN_NAN.test(row.mnemonic)) this.canonicalise(result, /^f32x4/.test(row.mnemonic));
  }

  private canonicalise(type: ValType, singles: boolean): void {
    const local = this.localOf(type);
    const { code } = this;
    code.byte(0x21).u32(local);
    if (type === V128) {
      const word = singles ? 0x7fc0_0000_7fc0_0000n : 0x7ff8_0000_0000_0000n;
      code.byte(0x20).u32(local);
      code.byte(0xfd).u32(0x0c).fixed(word, 64).fixed(word, 64);
      for (let i = 0; i < 2; i++) code.byte(0x20).u32(local);
      code
        .byte(0xfd, singles ? 0x41 : 0x47, 0xfd, 0x52)
        .byte(0x22)
        .u32(local); // eq, bitselect
      return;
    }
    if (type === F32) code.byte(0x43).fixed(0x7fc0_0000n, 32);
    else code.byte(0x44).fixed(0x7ff8_0000_0000_0000n, 64);
    for (let i = 0; i < 3; i++) code.byte(0x20).u32(local);
    code.byte(type === F32 ? 0x5c : 0x62, 0x1b); // ne, select
    code.byte(0x22).u32(local); // local.tee: the open NaN must not stay in the local either
  }

  private assignLocal(): void {
    const type = this.stack.at(-1) ?? this.type();
    this.need([type]);
    const tee = this.random.below(2) === 1;
    this.code.byte(tee ? 0x22 : 0x21).u32(this.localOf(type));
    if (!tee) this.pop(1);
  }

  private assignGlobal(): void {
    const index = 1 + this.random.below(this.around.globals.length - 1);
    this.need([this.around.globals[index]!]);
    this.code.byte(0x24).u32(index);
    this.pop(1);
  }

  private call(): void {
    const { random, around, code } = this;
    const kind = random.below(4);
    if (kind === 0) {
      let type = this.type();
      this.need([type]);
      if (type === V128) {
        code.byte(0xfd, 0x1d, random.below(2)); // i64x2.extract_lane
        type = I64;
      }
      code.byte(0x10).u32(around.log.get(type)!);
      this.pop(1);
      return;
    }
    if (!around.callable.length) return;
    const type = random.pick(around.callable);
    const { params, results } = around.types[type]!;
    this.need(params);
    if (kind === 1) {
      this.index();
      code.byte(0x11).u32(type).u32(random.below(around.tables));
    } else {
      const targets = around.callable.flatMap((t, i) => (t === type ? [i] : []));
      code.byte(0x10).u32(around.imports + random.pick(targets));
    }
    this.pop(params.length);
    this.stack.push(...results);
  }

  /** An index into a table, now and then one past its end; seldom what an operand or a size says. */
  private index(): void {
    const { random, code, around } = this;
    const kind = random.below(6);
    if (kind === 0)
      code.byte(0xfc, 0x10).u32(random.below(around.tables)); // table.size
    else if (kind === 1) code.byte(0x20).u32(this.localOf(I32)).byte(0x41, 7, 0x71);
    else code.byte(0x41).signed(BigInt(random.below(around.tableSize + 1)));
  }

  /** A reference to a function. */
  private reference(): void {
    const { random, code, around } = this;
    const kind = random.below(4);
    if (kind === 0)
      code.byte(0xd0, 0x70); // ref.null
    else if (kind === 1 || !around.callable.length) {
      this.index();
      code.byte(0x25).u32(random.below(around.tables)); // table.get
    } else code.byte(0xd2).u32(around.imports + random.below(around.callable.length));
  }

  /** An instruction that changes a table or drops a segment, between the operands that wait. */
  private table(): void {
    const { random, code, around } = this;
    const table = random.below(around.tables);
    switch (random.below(10)) {
      case 0:
        this.index();
        this.reference();
        code.byte(0x41).signed(BigInt(random.below(3)));
        code.byte(0xfc, 0x11).u32(table); // table.fill
        return;
      case 1:
      case 2: {
        this.index();
        this.index();
        code.byte(0x41).signed(BigInt(random.below(4)));
        code.byte(0xfc, 0x0e).u32(table).u32(random.below(around.tables)); // table.copy
        return;
      }
      case 3:
        this.index();
        code.byte(0x41, random.below(2), 0x41, random.below(3));
        code.byte(0xfc, 0x0c).u32(random.below(around.elems)).u32(table); // table.init
        return;
      case 4:
        this.memory.init(around.datas);
        return;
      case 5:
        if (random.below(2))
          code.byte(0xfc, 0x0d).u32(random.below(around.elems)); // elem.drop
        else code.byte(0xfc, 0x09).u32(random.below(around.datas)); // data.drop
        return;
      default:
        this.index();
        this.reference();
        code.byte(0x26).u32(table); // table.set
    }
  }

  /** Grows the memory or a table by one or two; the old size is an operand. */
  private resize(): void {
    const { random, code, around } = this;
    if (random.below(2)) {
      this.memory.grow();
      return;
    }
    this.reference();
    code.byte(0x41, random.below(3), 0xfc, 0x0f).u32(random.below(around.tables)); // table.grow
    this.stack.push(I32);
  }

  /** Writes an opcode with a block's type. */
  private blockType(opcode: number, { params, results }: Signature): void {
    const fits = (type: Signature) =>
      sameTypes(type.params, params) && sameTypes(type.results, results);
    const { types, exceptions } = this.around;
    const known = types.findIndex(fits);
    const type = known < 0 ? exceptions!.first + exceptions!.types.findIndex(fits) : known;
    this.code.byte(opcode).signed(BigInt(type));
  }

  private open(label: Label, given: readonly ValType[]): void {
    this.outer.push(this.stack);
    this.stack = [...given];
    this.labels.push(label);
  }

  /** Steps that end with these results; false when the end cannot be reached. */
  private fill(results: readonly ValType[]): boolean {
    const reachable = this.steps();
    if (reachable) this.settle(results);
    return reachable;
  }

  private close(): void {
    this.labels.pop();
    this.stack = this.outer.pop()!;
  }

  /** Enters a block whose parameters are on the stack, grows its body and leaves it. */
  private nested(opcode: number, { params, results }: Signature): void {
    this.blockType(opcode, { params, results });
    this.pop(params.length);
    const arm = (loop: boolean) => {
      this.open({ types: loop ? params : results, loop }, params);
      if (loop) this.burn();
      this.fill(results);
      this.close();
    };
    arm(opcode === 0x03);
    if (opcode === 0x04) {
      this.code.byte(0x05);
      arm(false);
    }
    this.code.byte(0x0b);
    this.stack.push(...results);
  }

  private block(): void {
    const signature = this.random.pick(this.around.types);
    this.need(signature.params);
    this.nested(this.random.pick([0x02, 0x02, 0x03]), signature);
  }

  private conditional(): void {
    const signature = this.random.pick(this.around.types);
    this.need(signature.params);
    this.push(I32);
    this.pop(1);
    this.nested(0x04, signature);
  }

  private branchIf(): void {
    const depth = this.random.below(this.labels.length);
    this.need(this.labels.at(-1 - depth)!.types);
    this.push(I32);
    this.code.byte(0x0d).u32(depth);
    this.pop(1);
  }

  private select(): void {
    const type = this.stack.at(-1) ?? this.type();
    this.need([type, type]);
    this.push(I32);
    if (type === EXNREF) this.code.byte(0x1c, 1).valType(type);
    else this.code.byte(0x1b);
    this.pop(2);
  }

  /** Ends the block early. */
  private leave(): boolean {
    const { code, random } = this;
    const results = this.signature.results;
    switch (random.below(4)) {
      case 0: {
        const depth = random.below(this.labels.length);
        this.need(this.labels.at(-1 - depth)!.types);
        code.byte(0x0c).u32(depth);
        break;
      }
      case 1: {
        const depth = random.below(this.labels.length);
        const { types } = this.labels.at(-1 - depth)!;
        const same = this.labels.flatMap((label, i) =>
          sameTypes(label.types, types) ? [this.labels.length - 1 - i] : [],
        );
        this.need(types);
        this.push(I32);
        code.byte(0x0e).u32(3);
        for (let i = 0; i < 4; i++) code.u32(random.pick(same));
        break;
      }
      case 2:
        this.need(results);
        code.byte(0x0f);
        break;
      default:
        this.tailCall();
    }
    return false;
  }

  private tailCall(): void {
    const { around, code, random } = this;
    const fitting = around.callable.flatMap((type, i) =>
      sameTypes(around.types[type]!.results, this.signature.results) ? [i] : [],
    );
    if (!fitting.length) {
      code.byte(0x00);
      return;
    }
    const target = random.pick(fitting);
    const type = around.callable[target]!;
    this.need(around.types[type]!.params);
    if (random.below(2)) code.byte(0x12).u32(around.imports + target);
    else {
      this.index();
      code.byte(0x13).u32(type).u32(random.below(around.tables));
    }
  }

  /** Makes the stack of the block exactly these types. */
  private settle(types: readonly ValType[]): void {
    for (let kept = Math.min(types.length, this.stack.length); kept >= 0; kept--) {
      if (!sameTypes(this.stack.slice(0, kept), types.slice(0, kept))) continue;
      for (let i = this.stack.length; i > kept; i--) this.code.byte(0x1a);
      this.stack.length = kept;
      for (const type of types.slice(kept)) this.push(type);
      return;
    }
  }
}
