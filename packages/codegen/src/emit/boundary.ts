/**
 * The boundary to JavaScript: for each function type a factory of exported functions (`W`: raw
 * function → JavaScript function) and of imported ones (`H`: JavaScript function → raw function),
 * with the conversions of the JS API ("create a new Exported Function", "run a host function").
 */
import {
  F32,
  F64,
  type FuncType,
  Heap,
  heapOf,
  I32,
  I64,
  isAbstract,
  isNullable,
  isRef,
  type ValType,
} from '@wasm2js/decoder';
import { type ChannelClass, type ModuleContext, resultChannels } from '../context.js';
import { valueTypeName } from '../types.js';
import { hasPlainExports, neverTraps } from './needs.js';
import { crossing, heapSource } from './values.js';

/** The text of a function type of which `_exported` gets the parameters and results. */
const SHORT_TYPE = /^\(func(?: \(param ([^()]*)\))?(?: \(result ([^()]*)\))?\)$/;

/** Where the components of results are, in order: `r` first, then the channel. */
class ResultPlaces {
  private readonly next: Record<ChannelClass, number> = { h: 0, d: 0, r: 0 };
  private first = true;

  constructor(private readonly ctx: ModuleContext) {}

  /** The next component of that class. */
  take(cls: ChannelClass): string {
    if (this.first) {
      this.first = false;
      return 'r';
    }
    return this.ctx.channel(cls, this.next[cls]++);
  }
}

/**
 * The `catch` clause around compiled code: an error of the host passes, the engine's own becomes a
 * trap. The test comes first and calls nothing: the error may have getters or traps of a proxy, and
 * the stack may be full.
 * @param hosted may it be an error of the host, or of a table or object (see `hasPlainExports`)?
 */
export function catchClause(ctx: ModuleContext, hosted: boolean): string {
  if (!hosted) return `catch(a){${ctx.helper('_plain_boundary')}(a)}`;
  const registry = ctx.helper('_registry');
  const passes = `if(e===${registry}.thrown){${registry}.thrown=null;throw e}`;
  const arrays = ctx.module.types.some(
    ({ comp }) => comp.kind === 'array' && isRef(comp.element.type as ValType),
  );
  return `catch(e){${passes}throw ${ctx.helper(arrays ? '_array_boundary' : '_boundary')}(e)}`;
}

/** Factories of one module, generated on demand. */
export class Boundary {
  private readonly exportTypes = new Set<number>();
  private readonly importTypes = new Set<number>();
  private readonly definitions: string[] = [];
  /** Are exported functions registered by the text of their type (`plainExport`), see `hasPlainExports`? */
  readonly plain: boolean;
  /** The `catch` clause around compiled code; undefined where nothing traps. */
  readonly caught: string | undefined;

  /**
   * @param ctx registers helpers and channel variables
   * @param mirrors may the host's own memories or tables be imported?
   */
  constructor(
    private readonly ctx: ModuleContext,
    private readonly mirrors: boolean,
  ) {
    this.plain = hasPlainExports(ctx);
    this.caught = neverTraps(ctx) ? undefined : catchClause(ctx, !this.plain);
  }

  /** For code that is evaluated where these factories are in scope: those that it asks for beyond them. */
  part(): Boundary {
    const part = new Boundary(this.ctx, this.mirrors);
    for (const type of this.exportTypes) part.exportTypes.add(type);
    for (const type of this.importTypes) part.importTypes.add(type);
    return part;
  }

  /** Canonical types with a factory of exported functions. */
  get exported(): number[] {
    return [...this.exportTypes];
  }

  /** Canonical types with a factory of imported functions. */
  get imported(): number[] {
    return [...this.importTypes];
  }

  /** The statements that define all factories that were asked for. */
  get source(): string[] {
    return this.definitions;
  }

  /**
   * The factory of exported functions for a type.
   * @throws UnsupportedError for parameters that cannot cross yet
   */
  exportFactory(type: number): string {
    const canonical = this.ctx.types.canonical(type);
    if (!this.exportTypes.has(canonical)) {
      this.exportTypes.add(canonical);
      this.ctx.typeName(canonical);
      this.definitions.push(this.exportSource(canonical));
    }
    return `W${canonical}`;
  }

  /**
   * The factory of imported functions for a type.
   * @throws UnsupportedError for parameters that cannot cross yet
   */
  importFactory(type: number): string {
    const canonical = this.ctx.types.canonical(type);
    if (!this.importTypes.has(canonical)) {
      this.importTypes.add(canonical);
      this.ctx.typeName(canonical);
      this.definitions.push(this.importSource(canonical));
    }
    return `H${canonical}`;
  }

  /** The factory of the suspendable forms of imported functions that may suspend, for a type. */
  suspendingFactory(type: number): string {
    return `N${this.importFactory(type)}`;
  }

  private funcType(type: number): FuncType {
    return this.ctx.module.types[type]!.comp as FuncType;
  }

  /** The type that forbids the crossing, if there is one. */
  private forbidden({ params, results }: FuncType): ValType | undefined {
    const all = [...params, ...results].map((type) => ({ type, how: crossing(this.ctx, type) }));
    return all.find(({ how }) => how === 'never')?.type;
  }

  private exportSource(type: number): string {
    const { ctx } = this;
    const func = this.funcType(type);
    const params = func.params.map((_, i) => `p${i}`);
    const body = (callee: string): string => this.exportBody(func, callee, params);
    const plain = `const W${type}=f=>(${params})=>{${body('f')}}\n`;
    if (!ctx.suspendable) return plain;
    return `${plain}const NW${type}=f=>function*(${params}){${body('yield*f')}}\n`;
  }

  /**
   * An exported function, where these are `plain`: a method, which its property names.
   * @throws UnsupportedError for parameters that cannot cross yet
   */
  plainExport(type: number, index: number): string {
    const { ctx } = this;
    const func = this.funcType(type);
    const canonical = ctx.types.canonical(type);
    // Short, and as functions of the instance name theirs.
    const params = func.params.map((_, i) => 'abcd'[i] ?? `p${i}`);
    const name = ctx.funcName(index);
    const method = `{${index}(${params}){${this.exportBody(func, name, params)}}}`;
    return `${ctx.helper('_exported')}(${method},${index},${name},${this.registration(canonical, func)})`;
  }

  /** What an exported function does. @param callee how the function behind it is called */
  private exportBody(func: FuncType, callee: string, params: readonly string[]): string {
    const { ctx } = this;
    const forbidden = this.forbidden(func);
    if (forbidden !== undefined)
      return `${ctx.helper('_no_js_value')}('${valueTypeName(forbidden)}')`;
    const lines: string[] = [];
    const args = func.params.flatMap((param, i) => this.argument(param, params[i]!, lines));
    if (this.mirrors) lines.push(`${ctx.helper('_sync')}();`);
    const places = new ResultPlaces(ctx);
    const results = func.results.map((result) => this.resultToJs(result, places));
    const call = `${callee}(${args})`;
    const guarded = (body: string) =>
      this.caught === undefined ? body : `try{${body}}${this.caught}`;
    // Conversions are not the function's: their errors are no traps.
    if (results.length === 0) lines.push(guarded(call));
    else if (results.length === 1 && results[0] === 'r') lines.push(guarded(`return ${call}`));
    else {
      const value = results.length === 1 ? ` ${results[0]}` : `[${results}]`;
      lines.push(`let r;${guarded(`r=${call};`)}return${value}`);
    }
    return lines.join('');
  }

  /** What `_exported` gets at the end: the type's text, and how other modules read further results. */
  private registration(type: number, { results }: FuncType): string {
    const { h, d, r } = resultChannels(results);
    const owner = h + d + r > 0 ? ',_owner' : '';
    if (owner !== '') this.ctx.helpers.add('_owner');
    const text = this.ctx.types.text(type);
    const short = SHORT_TYPE.exec(text);
    return `'${short === null ? text : `${short[1] ?? ''}:${short[2] ?? ''}`}'${owner}`;
  }

  /** Converts a parameter to WebAssembly: statements go to `lines`; gives the components. */
  private argument(type: ValType, name: string, lines: string[]): string[] {
    const { ctx } = this;
    if (type === I32) lines.push(`${name}|=0;`);
    else if (type === F32) lines.push(`${name}=Math.fround(${name});`);
    else if (type === F64) lines.push(`${name}=+${name};`);
    else if (type === I64) {
      lines.push(`${name}=${ctx.helper('_low_of_big')}(${name});`);
      lines.push(`const ${name}h=${ctx.helper('_high_of_big')}();`);
      return [name, `${name}h`];
    } else {
      const converted = this.refFromJs(type, name);
      if (converted !== name) lines.push(`${name}=${converted};`);
    }
    return [name];
  }

  private refFromJs(type: ValType, source: string): string {
    const { ctx } = this;
    const nullable = isNullable(type);
    const how = crossing(ctx, type);
    if (heapOf(type) === Heap.noextern)
      return `${ctx.helper('_ref_from_js')}({n:${nullable},h:'noextern'},${source})`;
    if (how === 'extern') {
      return nullable ? source : `${ctx.helper('_extern_from_js')}(${source}, false)`;
    }
    if (how === 'any') {
      const heap = heapSource(ctx, heapOf(type));
      return `${ctx.helper('_any_from_js')}(${source}, ${nullable}, ${heap})`;
    }
    // A function of the host's WebAssembly becomes one of ours by the factory of its type.
    if (!isAbstract(heapOf(type))) this.importFactory(heapOf(type));
    return `${ctx.helper('_func_from_js')}(${source}, ${nullable}, ${heapSource(ctx, heapOf(type))})`;
  }

  private resultToJs(type: ValType, places: ResultPlaces): string {
    const { ctx } = this;
    if (type === I32) return places.take('h');
    if (type === I64) {
      return `${ctx.helper('_big_from_halves')}(${places.take('h')},${places.take('h')})`;
    }
    if (type === F32 || type === F64) return places.take('d');
    return this.refToJs(type, places.take('r'));
  }

  private refToJs(type: ValType, source: string): string {
    const how = crossing(this.ctx, type);
    if (how === 'any') return `${this.ctx.helper('_any_to_js')}(${source})`;
    return how === 'func' ? `${this.ctx.helper('_func_to_js')}(${source})` : source;
  }

  private importSource(type: number): string {
    const { ctx } = this;
    const func = this.funcType(type);
    const forbidden = this.forbidden(func);
    const names: string[] = [];
    const args = func.params.map((param, i) => {
      if (param === I64) {
        names.push(`p${i}`, `p${i}h`);
        return `${ctx.helper('_big_from_halves')}(p${i},p${i}h)`;
      }
      names.push(`p${i}`);
      return forbidden === undefined ? this.refOrNumberToJs(param, `p${i}`) : '';
    });
    const body = (call: string): string =>
      forbidden === undefined
        ? this.importBody(func, call)
        : `${ctx.helper('_no_js_value')}('${valueTypeName(forbidden)}');`;
    const sync = this.mirrors ? `finally{${ctx.helper('_sync')}()}` : '';
    // What is thrown here is the host's. That is noted without a call: the stack may be full.
    const guarded = (call: string): string =>
      `try{${body(call)}}catch(e){throw ${ctx.helper('_registry')}.thrown=e}${sync}`;
    const plain = `const H${type}=g=>(${names})=>{${guarded(`g(${args})`)}}\n`;
    if (!ctx.suspendable) return plain;
    return `${plain}const NH${type}=g=>function*(${names}){${guarded(`(yield g(${args}))`)}}\n`;
  }

  /** What an imported function does with the result of a call of the host's. */
  private importBody({ results }: FuncType, call: string): string {
    if (results.length === 0) return `${call};`;
    const several = results.length > 1;
    const first = several
      ? `const s=${this.ctx.helper('_results_from_js')}(${call},${results.length});`
      : `const s0=${call};`;
    return [first, ...this.resultsFromJs(results, (i) => (several ? `s[${i}]` : 's0'))].join('');
  }

  private refOrNumberToJs(type: ValType, source: string): string {
    return crossing(this.ctx, type) === 'number' ? source : this.refToJs(type, source);
  }

  /** Converts results to components, all before the channel is written (a conversion may run code). */
  private resultsFromJs(results: ValType[], source: (index: number) => string): string[] {
    const { ctx } = this;
    const places = new ResultPlaces(ctx);
    const before: string[] = [];
    const stores: string[] = [];
    let first = '';
    const put = (cls: ChannelClass, value: string) => {
      const place = places.take(cls);
      if (place === 'r') first = value;
      else stores.push(`${place}=${value};`);
    };
    results.forEach((type, i) => {
      const from = source(i);
      if (type === I64) {
        before.push(`const v${i}=${ctx.helper('_low_of_big')}(${from});`);
        before.push(`const v${i}h=${ctx.helper('_high_of_big')}();`);
        put('h', `v${i}`);
        put('h', `v${i}h`);
        return;
      }
      const converted =
        type === I32
          ? `${from}|0`
          : type === F32
            ? `Math.fround(${from})`
            : type === F64
              ? `+${from}`
              : this.refFromJs(type, from);
      before.push(`const v${i}=${converted};`);
      put(type === I32 ? 'h' : type === F32 || type === F64 ? 'd' : 'r', `v${i}`);
    });
    for (const type of results) {
      // A number that comes from JavaScript has no NaN but the canonical one.
      if (type === F32) put('h', '0x7fc00000');
      else if (type === F64) {
        put('h', '0');
        put('h', '0x7ff80000');
      }
    }
    return [...before, ...stores, `return ${first};`];
  }
}

/** Registers the channel variables that results of this type take, for functions of other modules. */
export function declareChannels(ctx: ModuleContext, results: readonly ValType[]): void {
  const counts = resultChannels(results);
  for (const cls of ['h', 'd', 'r'] as const) {
    if (counts[cls] > 0) ctx.channel(cls, counts[cls] - 1);
  }
}
