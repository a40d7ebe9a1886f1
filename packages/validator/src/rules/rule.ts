/** The form of a validation rule. */

import type { InstructionReader } from '@wasm2js/decoder';
import type { Body } from '../body.js';

/**
 * Validates the instruction that the reader stands on and updates the stacks.
 * Throws InvalidError when it is not valid, MalformedError when it breaks the nesting.
 */
export type Rule = (body: Body, reader: InstructionReader) => void;

/** Rules by mnemonic, as the opcode table spells it. */
export type Rules = Readonly<Record<string, Rule>>;
