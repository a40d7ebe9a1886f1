/** Which instruction is lowered how: the modules of `instructions/` register themselves here. */
import { OPCODE_COUNT, opcodeId } from '@wasm2js/decoder';
import type { FunctionBuilder } from './builder.js';

/** Lowers the instruction that the builder's reader stands on. */
export type Lowering = (b: FunctionBuilder) => void;
const LOWERINGS: (Lowering | undefined)[] = new Array(OPCODE_COUNT).fill(undefined);

/** Registers the lowering of an instruction. @throws RangeError on an unknown mnemonic */
export function lowering(mnemonic: string, lower: Lowering): void {
  LOWERINGS[opcodeId(mnemonic)] = lower;
}

/** The lowering of an opcode, if it has one. */
export const loweringOf = (op: number): Lowering | undefined => LOWERINGS[op];
