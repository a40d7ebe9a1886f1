/**
 * A registry: which instruction is lowered how. `B` is the builder, which owns the one registry there is
 * (`builder.ts`), so that neither module needs the other.
 */
import { OPCODE_COUNT, opcodeId } from '@wasm2js/decoder';

/** Lowers the instruction that the builder's reader stands on. */
export type Lowering<B> = (b: B) => void;

export class Lowerings<B> {
  private readonly byOpcode: (Lowering<B> | undefined)[] = new Array(OPCODE_COUNT).fill(undefined);

  /** Registers the lowering of an instruction. @throws RangeError on an unknown mnemonic */
  add(mnemonic: string, lower: Lowering<B>): void {
    this.byOpcode[opcodeId(mnemonic)] = lower;
  }

  /** The lowering of an opcode, if it has one. */
  of(op: number): Lowering<B> | undefined {
    return this.byOpcode[op];
  }
}
