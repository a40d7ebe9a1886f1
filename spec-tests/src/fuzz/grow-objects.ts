/**
 * Objects in random function bodies: structures of three types, one above the other, and arrays of all kinds, in locals of
 * the function, between the steps of `grow-body.ts`. Gets what writes the body, gives instructions; types by number
 * behind the module's function types.
 */
import {
  F32,
  F64,
  Heap,
  I8,
  I16,
  I32,
  I64,
  refType,
  type StorageType,
  type ValType,
} from '@wasm2js/decoder';
import type { Random } from '../mutate/random.js';
import type { Encoder } from '../run/encoder.js';

/** What a body offers. */
export interface Body {
  readonly code: Encoder;
  readonly random: Random;
  /** Pushes a value of a type. */
  push(type: ValType): void;
  /** Makes a type the top of the stack. */
  need(types: readonly ValType[]): void;
  pop(count: number): void;
  /** A value of that type has been pushed. */
  pushed(type: ValType): void;
}

/** Fields of the three structures: each has those of the one before. */
const OWN_FIELDS: (StorageType | 'object')[][] = [[I32, F64, I64, I8], [F32, 'object'], [I16]];
const FIELDS = OWN_FIELDS.map((_, i) => OWN_FIELDS.slice(0, i + 1).flat());
const ELEMENTS: (StorageType | 'object')[] = [I8, I16, I32, I64, F32, F64, 'object'];
const STRUCTS = FIELDS.length;

/** So many types of objects there are. */
export const OBJECT_TYPES = STRUCTS + ELEMENTS.length;
/** Locals: one of each type, and one of any. */
const ANY = OBJECT_TYPES;
/** Lengths of arrays: short and long ones are stored in different ways. */
const LENGTHS = [1, 3, 8, 32, 33, 40, 65];

const isPacked = (type: StorageType | 'object'): boolean => type === I8 || type === I16;
const unpacked = (type: StorageType): ValType => (isPacked(type) ? I32 : (type as ValType));

/** Writes the definitions of the types, the first of which has that index. */
export function defineObjects(section: Encoder, first: number): void {
  const field = (type: StorageType | 'object'): void => {
    if (type === I8) section.byte(0x78);
    else if (type === I16) section.byte(0x77);
    else section.valType(type === 'object' ? refType(first, true) : (type as ValType));
    section.byte(1);
  };
  FIELDS.forEach((fields, i) => {
    const above = i === 0 ? [] : [first + i - 1];
    section.byte(i === STRUCTS - 1 ? 0x4f : 0x50).u32(above.length);
    for (const type of above) section.u32(type);
    section.byte(0x5f).u32(fields.length);
    fields.forEach(field);
  });
  for (const type of ELEMENTS) {
    section.byte(0x5e);
    field(type);
  }
}

/** Types of the locals. */
export const objectLocals = (first: number): ValType[] => [
  ...Array.from({ length: OBJECT_TYPES }, (_, i) => refType(first + i, true)),
  refType(Heap.any, true),
];

export class ObjectGrower {
  /**
   * @param types index of the first of the types
   * @param locals index of the first of the locals
   */
  constructor(
    private readonly body: Body,
    private readonly types: number,
    private readonly locals: number,
  ) {}

  /** Gives all locals objects. */
  begin(): void {
    const { code, random } = this.body;
    for (let i = 0; i < STRUCTS; i++) this.op(1, this.types + i).set(i);
    ELEMENTS.forEach((_, i) => {
      code.byte(0x41).signed(BigInt(random.pick(LENGTHS)));
      this.op(7, this.types + STRUCTS + i).set(STRUCTS + i);
    });
    this.get(random.below(ANY)).set(ANY);
  }

  /** One step: instructions that leave a value at most. */
  step(): void {
    const { random } = this.body;
    switch (random.below(12)) {
      case 0:
        this.makeStruct();
        return;
      case 1:
        this.makeArray();
        return;
      case 2:
      case 3:
        this.readField();
        return;
      case 4:
      case 5:
        this.writeField();
        return;
      case 6:
        this.readElement();
        return;
      case 7:
      case 8:
        this.writeElement();
        return;
      case 9:
        this.moveElements();
        return;
      case 10:
        this.look();
        return;
      default:
        this.move();
    }
  }

  private op(code: number, ...immediates: number[]): this {
    this.body.code.byte(0xfb).u32(code);
    for (const value of immediates) this.body.code.u32(value);
    return this;
  }

  private get(local: number): this {
    this.body.code.byte(0x20).u32(this.locals + local);
    return this;
  }

  private set(local: number): this {
    this.body.code.byte(0x21).u32(this.locals + local);
    return this;
  }

  /** Pushes what a field or element gets; the stack of the body does not have it. */
  private value(type: StorageType | 'object'): void {
    const { body } = this;
    if (type === 'object') {
      if (body.random.below(3) === 0) body.code.byte(0xd0).heapType(this.types);
      else this.get(body.random.below(STRUCTS));
      return;
    }
    body.push(unpacked(type));
    body.pop(1);
  }

  /** What was read is on the stack: an object goes into a local. */
  private keep(type: StorageType | 'object'): void {
    if (type === 'object') this.set(0);
    else this.body.pushed(unpacked(type));
  }

  /** Pushes an index or a number of elements: small, seldom any. */
  private index(mask: number): void {
    const { body } = this;
    body.push(I32);
    body.pop(1);
    if (body.random.below(12)) body.code.byte(0x41).signed(BigInt(mask)).byte(0x71);
  }

  private makeStruct(): void {
    const struct = this.body.random.below(STRUCTS);
    for (const type of FIELDS[struct]!) this.value(type);
    this.op(0, this.types + struct).set(struct);
    // A structure is one of all types above its own.
    if (struct > 0 && this.body.random.below(2))
      this.get(struct).set(this.body.random.below(struct));
  }

  private makeArray(): void {
    const { random, code } = this.body;
    const which = random.below(ELEMENTS.length);
    const type = this.types + STRUCTS + which;
    if (random.below(2)) {
      this.value(ELEMENTS[which]!);
      code.byte(0x41).signed(BigInt(random.pick(LENGTHS)));
      this.op(6, type);
    } else {
      const count = 1 + random.below(6);
      for (let i = 0; i < count; i++) this.value(ELEMENTS[which]!);
      this.op(8, type, count);
    }
    this.set(STRUCTS + which);
  }

  /** A structure's local, the type by which it is accessed, and a field of that. */
  private place(): [number, number, StorageType | 'object'] {
    const { random } = this.body;
    const struct = random.below(STRUCTS);
    const field = random.below(FIELDS[struct]!.length);
    return [struct, field, FIELDS[struct]![field]!];
  }

  private readField(): void {
    const [struct, field, type] = this.place();
    const code = isPacked(type) ? 3 + this.body.random.below(2) : 2;
    this.get(struct).op(code, this.types + struct, field);
    this.keep(type);
  }

  private writeField(): void {
    const [struct, field, type] = this.place();
    this.get(struct);
    this.value(type);
    this.op(5, this.types + struct, field);
  }

  private readElement(): void {
    const which = this.body.random.below(ELEMENTS.length);
    const type = ELEMENTS[which]!;
    this.get(STRUCTS + which);
    this.index(1);
    this.op(isPacked(type) ? 12 + this.body.random.below(2) : 11, this.types + STRUCTS + which);
    this.keep(type);
  }

  private writeElement(): void {
    const which = this.body.random.below(ELEMENTS.length);
    this.get(STRUCTS + which);
    this.index(1);
    this.value(ELEMENTS[which]!);
    this.op(14, this.types + STRUCTS + which);
  }

  /** array.fill or array.copy. */
  private moveElements(): void {
    const { random } = this.body;
    const which = random.below(ELEMENTS.length);
    const type = this.types + STRUCTS + which;
    this.get(STRUCTS + which);
    this.index(1);
    if (random.below(2)) {
      this.value(ELEMENTS[which]!);
      this.index(3);
      this.op(16, type);
    } else {
      this.get(STRUCTS + which);
      this.index(1);
      this.index(1);
      this.op(17, type, type);
    }
  }

  /** A number that says something about an object. */
  private look(): void {
    const { random, code, pushed } = { ...this.body, pushed: this.body.pushed.bind(this.body) };
    switch (random.below(4)) {
      case 0:
        this.get(STRUCTS + random.below(ELEMENTS.length)).op(15); // array.len
        break;
      case 1:
        this.get(random.below(STRUCTS)).get(random.below(STRUCTS));
        code.byte(0xd3); // ref.eq
        break;
      case 2:
        this.get(ANY).op(0x14 + random.below(2), this.types + random.below(OBJECT_TYPES)); // ref.test
        break;
      default:
        this.get(random.pick([0, 1, 2, ANY]));
        code.byte(0xd1); // ref.is_null
    }
    pushed(I32);
  }

  /** Moves an object between locals: up, or down by a cast that may trap. */
  private move(): void {
    const { random, code } = this.body;
    const to = random.below(OBJECT_TYPES);
    switch (random.below(5)) {
      case 0:
        this.body.need([I32]);
        this.body.pop(1);
        this.op(0x1c).set(ANY); // ref.i31
        return;
      case 1:
        this.get(to);
        if (random.below(2)) code.byte(0xd4); // ref.as_non_null
        this.set(ANY);
        return;
      case 2: {
        // A cast behind a test, which succeeds.
        this.get(ANY).op(0x14, this.types + to);
        code.byte(0x04, 0x40);
        this.get(ANY)
          .op(0x16 + random.below(2), this.types + to)
          .set(to);
        code.byte(0x0b);
        return;
      }
      case 3:
        this.get(random.below(3))
          .op(0x17, this.types + 1)
          .set(1);
        return;
      default:
        this.get(random.below(3)).set(0);
    }
  }
}
