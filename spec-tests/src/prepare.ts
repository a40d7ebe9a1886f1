/** Prepares scripts for execution: the assembler is jco's `parse`. */

import { parse } from '@bytecodealliance/jco';
import type { Script } from './script/commands.js';
import { parseScript } from './script/parse.js';
import { unfoldLegacyTry } from './script/unfold.js';
import { readScript } from './suite.js';

const encoder = new TextEncoder();

/** The assembler refuses "confusing" characters that the suite uses on purpose: escape them. */
const escapeNonAscii = (text: string): string =>
  text.replace(/[\u0080-\u{10ffff}]/gu, (char) =>
    Array.from(encoder.encode(char), (byte) => `\\${byte.toString(16)}`).join(''),
  );

/** Assembles a module text to the binary format. */
export async function assemble(text: string): Promise<Uint8Array> {
  return parse(unfoldLegacyTry(escapeNonAscii(text)));
}

/** Reads a script of a suite and assembles its modules. */
export async function prepareScript(suite: string, file: string): Promise<Script> {
  return parseScript(file, readScript(suite, file), assemble);
}
