/**
 * Generated functions in which an operand of an instruction changes what another operand, or the
 * instruction itself, reads; or traps where something else would trap, too.
 *
 * An operand is a source of an i32, converted to the operand's type: a constant, a read of some state, a
 * change of some state (inside, in a called function, in the host) or a trap. Every instruction gets every
 * kind of change in every position; pairs of sources are drawn at random.
 */

import { INSTRUCTIONS, type Instruction, type Type } from './operand-order-instructions.js';
import { words } from './words.js';

/** Where table, memory and globals come from. */
export type Place = 'inside' | 'exported' | 'imported';

export interface Setting {
  place: Place;
  /** Addresses and indices of 64 bits. */
  wide: boolean;
  /**
   * For an engine that lacks typed references or 64-bit addresses: the same functions with calls through a
   * table, and addresses of 32 bits.
   */
  plain: boolean;
}

/** A function and what it is about. */
export interface Case {
  name: string;
  about: string;
}

/** Changes that the host makes by itself: its import `change` gets their number. */
export const HOST_CHANGES = ['set', 'fill', 'grow', 'mgrow', 'store', 'gset', 'throw'] as const;

/** Statements that change something that operands or instructions read. */
const CHANGES: Record<string, string> = {
  set: '(table.set $t (A 0) (ref.func $new)) (table.set $t (A 2) (ref.func $newmix)) (table.set $t (A 3) (ref.func $newfl))',
  fill: '(table.fill $t (A 0) (ref.null func) (A 4))',
  copy: '(table.copy $t $u (A 0) (A 0) (A 4))',
  init: '(table.init $t $e (A 0) (i32.const 0) (i32.const 4))',
  grow: '(drop (table.grow $t (ref.func $new) (A 1)))',
  rset: '(table.set $rt (A 0) (ref.func $new)) (table.set $rm (A 0) (ref.func $newmix))',
  edrop: '(elem.drop $e)',
  ddrop: '(data.drop $d)',
  mgrow: '(drop (memory.grow (A 1)))',
  store: '(i64.store (A 16) (i64.const 0x4142434445464748)) (i32.store (A 24) (i32.const 77))',
  mfill: '(memory.fill (A 0) (i32.const 9) (A 48))',
  minit: '(memory.init $d (A 12) (i32.const 0) (i32.const 12))',
  gset:
    '(global.set $g (i32.const 21)) (global.set $gl (i64.const -9)) (global.set $gd (f64.const 2.5)) ' +
    '(global.set $gr (ref.func $new))',
};
const TRAPS: Record<string, string> = {
  unreachable: '(unreachable)',
  divide: '(drop (i32.div_s (i32.const 1) (global.get $zero)))',
  divide64: '(drop (i64.rem_u (i64.const 1) (i64.extend_i32_u (global.get $zero))))',
  number: '(drop (i32.trunc_f64_u (f64.neg (f64.convert_i32_s (global.get $big)))))',
  load: '(drop (i32.load (HUGE)))',
  table: '(drop (table.get $t (HUGE)))',
  element: '(drop (call_indirect $t (type $v) (A 4)))',
  past: '(drop (call_indirect $t (type $v) (HUGE)))',
};
/** Inline only: a change of locals. */
const LOCALS =
  '(local.set $l (i32.const 3)) (local.set $m (i64.const 5)) (local.set $d (f64.const 0.5))';

/** Reads of some state as an i32, and what they give at first. */
const READS: Record<string, [code: string, value: number]> = {
  global: ['(global.get $g)', 7],
  global64: ['(i32.wrap_i64 (i64.shr_u (global.get $gl) (i64.const 32)))', 6],
  memory: ['(i32.load (A 16))', 0x13121110],
  memory64: ['(i32.wrap_i64 (i64.rotl (i64.load (A 16)) (i64.const 32)))', 0x17161514],
  byte: ['(i32.load8_s offset=8 (A 8))', 0x10],
  pages: ['(SMALL (memory.size))', 1],
  size: ['(SMALL (table.size $t))', 8],
  element: ['(ref.is_null (table.get $t (A 4)))', 1],
  entry: ['(call_indirect $t (type $v) (A 5))', 55],
  local: ['(local.get $l)', 11],
  local64: ['(i32.wrap_i64 (local.get $m))', 12],
  double: ['(i32.trunc_f64_s (global.get $gd))', 1],
  reference: ['(ref.is_null (global.get $gr))', 0],
};

/** Direct reads of a type other than i32. */
const DIRECT: Partial<Record<Type, string[]>> = {
  i64: ['(i64.load (A 16))', '(global.get $gl)', '(local.get $m)', '(call $wide)'],
  f64: ['(f64.load (A 16))', '(global.get $gd)', '(local.get $d)', '(call $double)'],
  f32: ['(f32.load (A 16))', '(f32.demote_f64 (global.get $gd))'],
  func: ['(table.get $t (A 0))', '(global.get $gr)'],
  ii: ['(table.get $rt (A 0))', '(table.get $rt (A 1))'],
  mix: ['(table.get $rm (A 0))', '(table.get $rm (A 1))'],
};

/** What an operand is made of. */
interface Source {
  name: string;
  /** Code of an i32 based on a value, or where `direct` of the operand's type. */
  code(value: number): string;
  direct?: boolean;
}

const constant: Source = { name: 'const', code: (value) => `(i32.const ${value})` };
const read = (name: string): Source => ({
  name: `read ${name}`,
  code: (value) =>
    `(i32.add (i32.const ${value}) (i32.sub ${READS[name]![0]} (i32.const ${READS[name]![1]})))`,
});
const inline = (name: string, code: string): Source => ({
  name: `${name} inline`,
  // Between the operands, without a block: nothing is settled before.
  code: (value) => `${code} (i32.const ${value})`,
});
const called = (name: string): Source => ({
  name: `${name} called`,
  code: (value) => `(call $do_${name} (i32.const ${value}))`,
});
const hosted = (name: string): Source => ({
  name: `${name} by the host`,
  code: (value) =>
    `(call $change (i32.const ${(HOST_CHANGES as readonly string[]).indexOf(name)}) (i32.const ${value}))`,
});
const reentered = (name: string): Source => ({
  name: `${name} by a call of the host`,
  code: (value) => `(call $again (i32.const ${ALL.indexOf(name)}) (i32.const ${value}))`,
});
const huge: Source = { name: 'huge', direct: true, code: () => '(HUGE)' };

/** All that a function can be called for, by number: the host's import `again` gets that. */
export const ALL = [...Object.keys(CHANGES), ...Object.keys(TRAPS)];

/** Converts an i32 to an operand's type. */
function converted(type: Type, code: string): string {
  switch (type) {
    case 'i64':
      return `(i64.mul (i64.extend_i32_s ${code}) (i64.const 0x100000001))`;
    case 'f32':
      return `(f32.convert_i32_s ${code})`;
    case 'f64':
      return `(f64.convert_i32_s ${code})`;
    case 'addr':
      return `(WIDE ${code})`;
    case 'func':
      return `(table.get $t (WIDE ${code}))`;
    case 'ii':
      return `(table.get $rt (WIDE ${code}))`;
    case 'mix':
      return `(table.get $rm (WIDE ${code}))`;
    default:
      return code;
  }
}

/** The functions of a setting, and what each is about. */
function functions(setting: Setting, pairs: number): { text: string; about: string }[] {
  const random = words(setting.place.length * 2 + 1 + (setting.wide ? 1 : 0));
  const pick = <T>(list: readonly T[]): T => list[random() % list.length]!;
  const alone = setting.place === 'inside';
  const host = alone ? [] : HOST_CHANGES.map(hosted);
  const again = alone ? [] : ALL.map(reentered);
  const inlined = [
    ...Object.entries({ ...CHANGES, ...TRAPS }).map(([name, code]) => inline(name, code)),
    inline('locals', LOCALS),
  ];
  const calledOnes = ALL.map(called);
  const effects = [...inlined, ...calledOnes, ...host, ...again];
  const reads = Object.keys(READS).map(read);
  const out: { text: string; about: string }[] = [];
  const add = ({ name, operands, code, results }: Instruction, sources: Map<number, Source>) => {
    const text = operands.map(([type, value], i) => {
      const source = sources.get(i) ?? constant;
      return source.direct ? source.code(value) : converted(type, source.code(value));
    });
    const list = results === '' ? '' : `(result ${results})`;
    out.push({
      about: `${name} with ${[...sources].map(([i, s]) => `${i}: ${s.name}`).join(', ')}`,
      text: `${list} (local $l i32) (local $m i64) (local $d f64)
        (local.set $l (i32.const 11)) (local.set $m (i64.const 12)) (local.set $d (f64.const 1.5))
        ${text.join(' ')} ${code}`,
    });
  };
  const any = (type: Type, changing: boolean): Source => {
    if (type === 'addr' && random() % 8 === 0) return huge;
    const direct = DIRECT[type];
    if (!changing && direct !== undefined && random() % 2 === 0) {
      const code = pick(direct);
      return { name: code, direct: true, code: () => code };
    }
    return pick(changing ? effects : [...reads, ...effects]);
  };
  for (const item of INSTRUCTIONS) {
    item.operands.forEach((_, i) => {
      // All of them where all others take part, too; elsewhere a few, since positions are many.
      const all = setting.place === 'exported' && !setting.wide;
      const some = all ? calledOnes.slice() : Array.from({ length: 5 }, () => pick(calledOnes));
      some.push(pick(inlined), pick(inlined), inlined.at(-1)!);
      if (!alone) some.push(pick(host), pick(host), pick(again));
      for (const source of some) add(item, new Map([[i, source]]));
    });
  }
  const several = INSTRUCTIONS.filter(({ operands }) => operands.length > 1);
  for (let k = 0; k < pairs; k++) {
    const item = pick(several);
    const second = 1 + (random() % (item.operands.length - 1));
    const first = random() % second;
    add(
      item,
      new Map([
        [first, any(item.operands[first]![0], false)],
        [second, any(item.operands[second]![0], true)],
      ]),
    );
  }
  return out;
}

/** Declarations of table, memory and globals, by place. */
function state({ place }: Setting): string {
  const fields = [
    ['memory', 'mem', '$mem', 'W 1 4', ''],
    ['table', 't', '$t', 'W 8 12 funcref', ''],
    ['global', 'g', '$g', '(mut i32)', '(i32.const 7)'],
    ['global', 'gl', '$gl', '(mut i64)', '(i64.const 0x600000005)'],
    ['global', 'gd', '$gd', '(mut f64)', '(f64.const 1.5)'],
    ['global', 'gr', '$gr', '(mut funcref)', '(ref.func $one)'],
  ];
  return fields
    .map(([kind, name, id, type, init]) => {
      const exported = place === 'inside' ? '' : `(export "${name}")`;
      if (place === 'imported' && name !== 'gr')
        return `(${kind} ${id} ${exported} (import "e" "${name}") ${type})`;
      return `(${kind} ${id} ${exported} ${type} ${init})`;
    })
    .join('\n');
}

/** One module: `from` to `to` of the functions. */
function moduleText(setting: Setting, cases: { text: string }[], from: number): string {
  const { place } = setting;
  const imports =
    place === 'inside'
      ? '(func $see (param i32 i64 f64) (result i32) (local.get 0))'
      : `(import "e" "change" (func $change (param i32 i32) (result i32)))
    (import "e" "again" (func $again (param i32 i32) (result i32)))
    (import "e" "see" (func $see (param i32 i64 f64) (result i32)))`;
  const [before, after] = place === 'inside' ? ['', imports] : [imports, ''];
  const text = `(module
  (type $v (func (result i32))) (type $ii (func (param i32) (result i32)))
  (type $mix (func (param i32 i64 f64) (result i32))) (type $fl (func (param f32) (result f64)))
  ${before}
  ${state(setting)}
  ${after}
  (table $u W 4 funcref) (table $rt W 2 REF(ii)) (table $rm W 2 REF(mix)) SCRATCH
  (global $zero (mut i32) (i32.const 0)) (global $big (mut i32) (i32.const 1))
  (elem (table $t) (offset (A 0)) func $one $two $mixf $flf)
  (elem (table $t) (offset (A 5)) func $id $one)
  (elem (table $u) (offset (A 0)) func $new $new $newmix $newfl)
  (elem (table $rt) (offset (A 0)) ELEM(ii) (ref.func $one) (ref.func $two))
  (elem (table $rm) (offset (A 0)) ELEM(mix) (ref.func $mixf))
  (elem $e func $new $new $newmix $newfl)
  (data $d "abcdefghijklmnop")
  (data (memory $mem) (offset (A 16)) "\\10\\11\\12\\13\\14\\15\\16\\17\\18\\19\\1a\\1b\\1c\\1d\\1e\\1f")
  (func $one (export "one") (type $ii) (i32.add (local.get 0) (i32.const 100)))
  (func $two (export "two") (type $ii) (i32.add (local.get 0) (i32.const 200)))
  (func $new (export "new") (type $ii) (i32.add (local.get 0) (i32.const 300)))
  (func $mixf (export "mixf") (type $mix) (i32.add (local.get 0) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 31)))))
  (func $newmix (export "newmix") (type $mix) (i32.trunc_sat_f64_s (f64.add (local.get 2) (f64.convert_i64_s (local.get 1)))))
  (func $flf (export "flf") (type $fl) (f64.promote_f32 (local.get 0)))
  (func $newfl (export "newfl") (type $fl) (f64.neg (f64.promote_f32 (local.get 0))))
  (func $id (export "id") (type $v) (i32.const 55))
  (func $wide (result i64) (i64.load (A 24)))
  (func $double (result f64) (f64.add (global.get $gd) (f64.load (A 24))))
  (func (export "pages") (result i32) (SMALL (memory.size)))
  (func (export "sizes") (result i32 i32) (SMALL (table.size $t)) (SMALL (table.size $u)))
  (func (export "peek") (param i32) (result i64) (i64.load (WIDE (local.get 0))))
  (func (export "element") (param i32) (result funcref) (table.get $t (WIDE (local.get 0))))
  (func (export "globals") (result i32 i64 f64 funcref) (global.get $g) (global.get $gl) (global.get $gd) (global.get $gr))
  (func (export "segments") (result i32) (memory.init $d (A 0) (i32.const 0) (i32.const 1)) (i32.const 1))
  (func (export "elements") (result i32) (table.init $t $e (A 0) (i32.const 0) (i32.const 1)) (i32.const 1))
  ${Object.entries({ ...CHANGES, ...TRAPS })
    .map(
      ([name, code]) =>
        `(func $do_${name} (export "do_${name}") (param i32) (result i32) ${code} (local.get 0))`,
    )
    .join('\n')}
  ${cases.map((item, i) => `(func (export "c${from + i}") ${item.text})`).join('\n')})`;
  return lowered(text, setting);
}

/** Takes out an operator and its closing parenthesis; the operand stays. */
function without(text: string, head: string): string {
  const parts = text.split(head);
  let out = parts.shift()!;
  let open: number[] = [];
  let depth = 0;
  const copy = (part: string): void => {
    for (const char of part) {
      if (char === '(') depth++;
      if (char === ')' && open.at(-1) === depth) {
        open = open.slice(0, -1);
        continue;
      }
      if (char === ')') depth--;
      out += char;
    }
  };
  for (const part of parts) {
    open = [...open, depth];
    copy(part);
  }
  return out;
}

/** Replaces the words in capitals by what the setting says. */
function lowered(text: string, { wide, plain }: Setting): string {
  const w = wide && !plain;
  let out = (w ? text : without(without(text, '(WIDE '), '(SMALL '))
    .replaceAll('(A ', w ? '(i64.const ' : '(i32.const ')
    .replaceAll('(HUGE)', w ? '(i64.const 0x100000010)' : '(i32.const -32)')
    .replaceAll('(WIDE ', '(i64.extend_i32_u ')
    .replaceAll('(SMALL ', '(i32.wrap_i64 ')
    .replaceAll(' W ', w ? ' i64 ' : ' ')
    .replaceAll('(result addr)', w ? '(result i64)' : '(result i32)');
  if (plain)
    out = out
      .replace(/REF\(\w+\)/g, 'funcref')
      .replace(/ELEM\(\w+\)/g, 'funcref')
      .replace('SCRATCH', '(table $s 1 funcref) (global $sr (mut funcref) (ref.null func))')
      .replace(
        /\((return_)?call_ref \$(\w+)\)/g,
        (_, tail = '', type) =>
          `(global.set $sr) (if (ref.is_null (global.get $sr)) (then (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))) (table.set $s (i32.const 0) (global.get $sr)) (i32.const 0) (${tail}call_indirect $s (type $${type}))`,
      );
  else
    out = out
      .replace(/REF\((\w+)\)/g, '(ref null $$$1)')
      .replace(/ELEM\((\w+)\)/g, '(ref null $$$1)')
      .replace('SCRATCH', '');
  return out;
}

/** So many functions are in one module: each case takes an instance of its own. */
const PER_MODULE = 80;

/**
 * The modules of a setting.
 * @param pairs number of functions with two operands that do something
 * @returns for each module its text, made for `setting` and for `plain`, and its cases
 */
export function operandOrderModules(
  setting: Omit<Setting, 'plain'>,
  pairs: number,
): { text: string; plain: string; cases: Case[] }[] {
  const all = functions({ ...setting, plain: false }, pairs);
  const modules: { text: string; plain: string; cases: Case[] }[] = [];
  for (let from = 0; from < all.length; from += PER_MODULE) {
    const part = all.slice(from, from + PER_MODULE);
    modules.push({
      text: moduleText({ ...setting, plain: false }, part, from),
      plain: moduleText({ ...setting, plain: true }, part, from),
      cases: part.map(({ about }, i) => ({ name: `c${from + i}`, about })),
    });
  }
  return modules;
}
