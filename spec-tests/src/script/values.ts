/** Constants and result patterns of assertions: `(f32.const nan:canonical)`, `(ref.extern 1)` … */

import type { Const, NumPattern, NumType, Pattern, RefPattern, Word } from './commands.js';
import { floatBits, integerBits } from './literals.js';
import { type ListNode, type Node, ScriptError } from './scanner.js';

/** Bits under a mask. */
interface Masked {
  bits: bigint;
  mask: bigint;
}

const LANES: Record<string, { width: 8 | 16 | 32 | 64; float: boolean }> = {
  i8x16: { width: 8, float: false },
  i16x8: { width: 16, float: false },
  i32x4: { width: 32, float: false },
  i64x2: { width: 64, float: false },
  f32x4: { width: 32, float: true },
  f64x2: { width: 64, float: true },
};

const allOnes = (width: number): bigint => (1n << BigInt(width)) - 1n;

const word = (size: 32 | 64, { bits, mask }: Masked): Word => ({
  size,
  bits: `0x${bits.toString(16)}`,
  mask: `0x${mask.toString(16)}`,
});

/** The NaN patterns compare all bits but the sign, or only the exponent and the quiet bit. */
function nanPattern(kind: string, width: 32 | 64): Masked | undefined {
  const quiet = width === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  if (kind === 'nan:canonical') return { bits: quiet, mask: allOnes(width - 1) };
  if (kind === 'nan:arithmetic') return { bits: quiet, mask: quiet };
  return undefined;
}

function scalar(text: string, width: 8 | 16 | 32 | 64, float: boolean): Masked {
  if (!float) return { bits: integerBits(text, width), mask: allOnes(width) };
  const size = width as 32 | 64;
  return nanPattern(text, size) ?? { bits: floatBits(text, size), mask: allOnes(size) };
}

function vector(shape: string, lanes: string[]): Word[] {
  const lane = LANES[shape];
  if (!lane || lanes.length * lane.width !== 128) throw new ScriptError(`bad v128 ${shape}`);
  let bits = 0n;
  let mask = 0n;
  lanes.forEach((text, i) => {
    const value = scalar(text, lane.width, lane.float);
    bits |= value.bits << BigInt(i * lane.width);
    mask |= value.mask << BigInt(i * lane.width);
  });
  const half = allOnes(64);
  return [
    word(64, { bits: bits & half, mask: mask & half }),
    word(64, { bits: bits >> 64n, mask: mask >> 64n }),
  ];
}

const NUM_TYPES: Record<string, NumType> = {
  'i32.const': 'i32',
  'i64.const': 'i64',
  'f32.const': 'f32',
  'f64.const': 'f64',
  'v128.const': 'v128',
};

const atoms = (nodes: Node[]): string[] =>
  nodes.map((node) => {
    if (node.kind !== 'atom') throw new ScriptError('an atom was expected in a constant');
    return node.text;
  });

function number(type: NumType, operands: string[]): NumPattern {
  if (type === 'v128') {
    return { kind: 'num', type, words: vector(operands[0] ?? '', operands.slice(1)) };
  }
  const size = type.endsWith('32') ? 32 : 64;
  return { kind: 'num', type, words: [word(size, scalar(operands[0]!, size, type[0] === 'f'))] };
}

function reference(name: string, operands: string[]): RefPattern {
  const test = name.slice('ref.'.length);
  // `(ref.null t)`: the type follows from the position.
  if (test === 'null' || operands[0] === undefined) return { kind: 'ref', test };
  return { kind: 'ref', test, value: Number(integerBits(operands[0], 32)) };
}

/** Reads a result pattern. */
export function readPattern(node: ListNode): Pattern {
  const [head, ...rest] = node.items;
  const name = head?.kind === 'atom' ? head.text : '';
  if (name === 'either') {
    return { kind: 'either', of: rest.map((item) => readPattern(item as ListNode)) };
  }
  const type = NUM_TYPES[name];
  if (type) return number(type, atoms(rest));
  if (name.startsWith('ref.')) return reference(name, atoms(rest));
  throw new ScriptError(`unknown result pattern: ${name}`);
}

/** Reads a constant argument. */
export function readConst(node: ListNode): Const {
  const pattern = readPattern(node);
  if (pattern.kind === 'either') throw new ScriptError('either is not a constant');
  return pattern;
}
