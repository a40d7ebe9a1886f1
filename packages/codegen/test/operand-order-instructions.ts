/**
 * The instructions whose operands change what others read (operand-order.ts): with operands for which
 * they do not trap, as long as nothing changes.
 */

/** Type of an operand: of a value, of an address, or of a reference. */
export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'addr' | 'ii' | 'mix' | 'func';
/** Type of an operand and the value that it is based on. */
type Operand = [type: Type, value: number];

/** An instruction, or a few that end in what is tested. */
export interface Instruction {
  name: string;
  operands: Operand[];
  /** The instructions behind the operands. */
  code: string;
  results: string;
}

const instruction = (name: string, operands: Operand[], results = '', code = `(${name})`) => ({
  name,
  operands,
  code,
  results,
});
const MIX: Operand[] = [
  ['i32', 3],
  ['i64', 4],
  ['f64', 5],
];
const calls = (prefix: string): Instruction[] => [
  ...[0, 8, 4].map((at) =>
    instruction(
      `${prefix}call_indirect ${at}`,
      [
        ['i32', 5],
        ['addr', at],
      ],
      'i32',
      `(${prefix}call_indirect $t (type $ii))`,
    ),
  ),
  instruction(
    `${prefix}call_indirect mix`,
    [...MIX, ['addr', 2]],
    'i32',
    `(${prefix}call_indirect $t (type $mix))`,
  ),
  instruction(
    `${prefix}call_indirect fl`,
    [
      ['f32', 7],
      ['addr', 3],
    ],
    'f64',
    `(${prefix}call_indirect $t (type $fl))`,
  ),
  instruction(
    `${prefix}call_ref`,
    [
      ['i32', 5],
      ['ii', 0],
    ],
    'i32',
    `(${prefix}call_ref $ii)`,
  ),
  instruction(`${prefix}call_ref mix`, [...MIX, ['mix', 0]], 'i32', `(${prefix}call_ref $mix)`),
  instruction(`${prefix}call`, MIX, 'i32', `(${prefix}call $mixf)`),
];
const both = (type: Type, a: number, b: number): Operand[] => [
  [type, a],
  [type, b],
];

/** All of them, each with the operands it gets where they do nothing. */
export const INSTRUCTIONS: Instruction[] = [
  ...calls(''),
  ...calls('return_'),
  ...[16, 65536].flatMap((at) => [
    ...[
      ['i32.load', 'i32'],
      ['i32.load8_s', 'i32'],
      ['i64.load', 'i64'],
      ['i64.load32_s', 'i64'],
      ['f32.load', 'f32'],
      ['f64.load', 'f64'],
    ].map(([name, result]) => instruction(name!, [['addr', at]], result)),
    ...(
      [
        ['i32.store', 'i32'],
        ['i32.store8', 'i32'],
        ['i64.store', 'i64'],
        ['i64.store16', 'i64'],
        ['f32.store', 'f32'],
        ['f64.store', 'f64'],
      ] as const
    ).map(([name, type]) =>
      instruction(name, [
        ['addr', at + 8],
        [type, 9],
      ]),
    ),
    instruction('memory.fill', [
      ['addr', at],
      ['i32', 7],
      ['addr', 8],
    ]),
  ]),
  instruction('memory.copy', [
    ['addr', 40],
    ['addr', 16],
    ['addr', 8],
  ]),
  instruction(
    'memory.init',
    [
      ['addr', 48],
      ['i32', 0],
      ['i32', 4],
    ],
    '',
    '(memory.init $d)',
  ),
  instruction('memory.grow', [['addr', 1]], 'addr'),
  instruction('table.get', [['addr', 0]], 'funcref', '(table.get $t)'),
  instruction('table.get', [['addr', 8]], 'funcref', '(table.get $t)'),
  instruction(
    'table.set',
    [
      ['addr', 1],
      ['func', 0],
    ],
    '',
    '(table.set $t)',
  ),
  instruction(
    'table.grow',
    [
      ['func', 0],
      ['addr', 1],
    ],
    'addr',
    '(table.grow $t)',
  ),
  instruction(
    'table.fill',
    [
      ['addr', 1],
      ['func', 0],
      ['addr', 2],
    ],
    '',
    '(table.fill $t)',
  ),
  instruction(
    'table.copy',
    [
      ['addr', 1],
      ['addr', 0],
      ['addr', 2],
    ],
    '',
    '(table.copy $t $u)',
  ),
  instruction(
    'table.init',
    [
      ['addr', 1],
      ['i32', 0],
      ['i32', 2],
    ],
    '',
    '(table.init $t $e)',
  ),
  ...(['i32', 'i64', 'f64', 'func'] as const).map((type) =>
    instruction(
      `select ${type}`,
      [
        [type, 0],
        [type, 1],
        ['i32', 1],
      ],
      type === 'func' ? 'funcref' : type,
      type === 'func' ? '(select (result funcref))' : '(select)',
    ),
  ),
  ...['i32.add', 'i32.sub', 'i32.div_s', 'i32.rem_u', 'i32.rotl', 'i32.lt_u', 'i32.eq'].map(
    (name) => instruction(name, both('i32', 8, 2), 'i32'),
  ),
  ...[
    'i64.add',
    'i64.sub',
    'i64.mul',
    'i64.div_s',
    'i64.rem_u',
    'i64.shl',
    'i64.rotl',
    'i64.xor',
  ].map((name) => instruction(name, both('i64', 8, 2), 'i64')),
  ...['i64.eq', 'i64.lt_u'].map((name) => instruction(name, both('i64', 8, 2), 'i32')),
  ...['f64.add', 'f64.div', 'f64.min', 'f64.copysign'].map((name) =>
    instruction(name, both('f64', 8, 2), 'f64'),
  ),
  instruction('f32.copysign', both('f32', 8, 2), 'f32'),
  instruction('f64.lt', both('f64', 8, 2), 'i32'),
  instruction('end', MIX, 'i32 i64 f64', ''),
  instruction('return', [...both('i32', 1, 2), ['f32', 3]], 'i32 i32 f32'),
  instruction('br', both('i64', 1, 2), 'i64 i64', '(br 0)'),
  instruction('br_if', [...both('i32', 1, 2), ['i32', 1]], 'i32 i32', '(br_if 0)'),
  instruction('br_table', [...both('f64', 1, 2), ['i32', 1]], 'f64 f64', '(br_table 0 0 0)'),
  instruction(
    'block',
    [...MIX],
    'i32 i64 f64',
    '(block (param i32 i64 f64) (result i32 i64 f64) (br_if 0 (global.get $g)))',
  ),
  instruction(
    'loop',
    [
      ['i32', 1],
      ['i64', 2],
    ],
    'i32 i64',
    '(loop (param i32 i64) (result i32 i64) (br_if 0 (i32.and (global.get $zero) (i32.const 1))))',
  ),
  instruction(
    'if',
    [...both('i32', 1, 2), ['i32', 1]],
    'i32',
    '(if (param i32 i32) (result i32) (then (i32.sub)) (else (i32.add)))',
  ),
  instruction('drop', MIX, '', '(drop) (drop) (drop)'),
  instruction(
    'global.set',
    [
      ['i32', 1],
      ['i64', 2],
      ['f64', 3],
    ],
    '',
    '(global.set $gd) (global.set $gl) (global.set $g)',
  ),
  instruction(
    'local.set',
    [
      ['i32', 1],
      ['i64', 2],
      ['f64', 3],
    ],
    'i32 i64 f64',
    '(local.set $d) (local.set $m) (local.set $l) (local.get $l) (local.get $m) (local.get $d)',
  ),
  instruction('ref.is_null', [['func', 0]], 'i32'),
  instruction(
    'call import',
    [
      ['i32', 1],
      ['i64', 2],
      ['f64', 3],
    ],
    'i32',
    '(call $see)',
  ),
];
