/**
 * Imports that the compiler itself satisfies: the functions of `wasm:js-string`, and string constants (JS API,
 * "JS String Builtins"). Gets an import of the module, says what it is; nothing of it is asked of the host.
 */
import { type Import, InvalidError, type Module } from '@wasm2js/decoder';
import type { TypeTexts } from './types.js';

/** Sets of builtins that there are. */
export const BUILTIN_SETS = ['js-string'] as const;
export type BuiltinSet = (typeof BUILTIN_SETS)[number];

const MODULE = 'wasm:js-string';
const TEXT = '(ref extern)';
const ARRAY = '(ref null $array)';
/** Types of the functions: parameters, result. */
const FUNCTIONS = new Map<string, [params: string, result: string]>([
  ['cast', ['externref', TEXT]],
  ['test', ['externref', 'i32']],
  ['fromCharCode', ['i32', TEXT]],
  ['fromCodePoint', ['i32', TEXT]],
  ['charCodeAt', ['externref i32', 'i32']],
  ['codePointAt', ['externref i32', 'i32']],
  ['length', ['externref', 'i32']],
  ['concat', ['externref externref', TEXT]],
  ['substring', ['externref i32 i32', TEXT]],
  ['equals', ['externref externref', 'i32']],
  ['compare', ['externref externref', 'i32']],
  ['intoCharCodeArray', [`externref ${ARRAY} i32`, 'i32']],
  ['fromCharCodeArray', [`${ARRAY} i32 i32`, TEXT]],
]);
const CODE_UNITS = '(array (mut i16))';

/** What an import is without the host. */
export type Builtin = { kind: 'func'; helper: string } | { kind: 'string'; text: string };

export class Builtins {
  private helpers: (string | undefined)[] | undefined;

  /**
   * @param sets names of the sets in use
   * @param constants the module name of imported string constants
   */
  constructor(
    private readonly module: Module,
    private readonly types: TypeTexts,
    private readonly sets: readonly string[],
    private readonly constants: string | undefined,
  ) {}

  /**
   * What stands for an import, or undefined where the host gives it.
   * @throws InvalidError for one of another type than the builtin has
   */
  of({ module, name, desc, offset }: Import): Builtin | undefined {
    if (module === this.constants && desc.kind === 'global') {
      const type = this.types.valueText(desc.type);
      if (desc.mutable || (type !== 'externref' && type !== TEXT))
        throw new InvalidError(`a string constant is imported as (global ${type})`, { offset });
      return { kind: 'string', text: name };
    }
    const expected = FUNCTIONS.get(name);
    if (module !== MODULE || !this.sets.includes('js-string') || expected === undefined)
      return undefined;
    if (desc.kind !== 'func' || !this.matches(desc.type, expected))
      throw new InvalidError(`the import ${MODULE} ${name} has another type than that builtin`, {
        offset,
      });
    return { kind: 'func', helper: `_string_${name}` };
  }

  /** The helper behind a function of the module, by its index, where that is a builtin. */
  helperOf(func: number): string | undefined {
    this.helpers ??= this.module.imports
      .filter(({ desc }) => desc.kind === 'func')
      .map((item) => this.of(item))
      .map((found) => (found?.kind === 'func' ? found.helper : undefined));
    return this.helpers[func];
  }

  /** The imports that the host gives. */
  get others(): Import[] {
    return this.module.imports.filter((item) => this.of(item) === undefined);
  }

  private matches(index: number, [params, result]: [string, string]): boolean {
    const { comp, final, supers, groupSize } = this.module.types[index]!;
    if (comp.kind !== 'func' || !final || supers.length + groupSize > 1) return false;
    const text = this.types.member(this.module.types[index]!, (type) =>
      this.module.types[type]!.groupSize === 1 && this.types.text(type) === CODE_UNITS
        ? '$array'
        : String(type),
    );
    return text === `(func (param ${params}) (result ${result}))`;
  }
}
