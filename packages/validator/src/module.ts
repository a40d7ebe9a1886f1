/** Validation of modules (specification, section 3.5 "Modules"). */

import {
  type ExprRange,
  InstructionReader,
  InvalidError,
  type Module,
  type ValType,
} from '@wasm2js/decoder';
import { addressType, Body } from './body.js';
import { lookup, ModuleContext, segmentType, type ValidateOptions } from './context.js';
import {
  checkExternType,
  checkGlobalType,
  checkMemoryType,
  checkTableType,
  checkTagType,
} from './externals.js';
import { checkGrammar } from './grammar.js';
import { validateInstructions } from './instructions.js';
import { isDefaultable } from './subtyping.js';
import { typeName } from './type-names.js';
import { validateTypes } from './type-section.js';

/**
 * Validates a decoded module by all rules of WebAssembly 3.0 and of the proposals that the decoder
 * knows. Function bodies are read here for the first time, so their grammar is checked as well.
 * @param module what `decodeModule` returned
 * @param options choices where proposals contradict the specification
 * @throws {InvalidError} when a rule is broken, with the byte offset and, in a body, the function
 * @throws {MalformedError} when a function body is not in the binary format
 * @throws {UnsupportedError} when an operand stack grows beyond what this implementation holds
 */
export function validateModule(module: Module, options: ValidateOptions = {}): void {
  try {
    new ModuleValidator(module, options).run();
  } catch (error) {
    if (error instanceof InvalidError) checkGrammar(module);
    throw error;
  }
}

class ModuleValidator {
  private readonly context: ModuleContext;
  private readonly body: Body;

  constructor(
    private readonly module: Module,
    private readonly options: ValidateOptions,
  ) {
    this.context = new ModuleContext(module, validateTypes(module), options);
    this.body = new Body(this.context, new InstructionReader(module.bytes, 0, 0));
  }

  run(): void {
    const { module, context } = this;
    for (const { desc, offset } of module.imports) checkExternType(context, desc, offset);
    module.funcs.forEach(({ type, offset }, i) => {
      context.funcType(type, offset, module.importCounts.func + i);
    });
    this.tags();
    this.memories();
    this.tables();
    this.globals();
    this.elems();
    this.datas();
    this.start();
    this.exports();
    this.bodies();
  }

  private tags(): void {
    const { tagTypes, importCounts } = this.module;
    for (const { type } of tagTypes.slice(importCounts.tag)) {
      checkTagType(this.context, type, sectionStart(this.module, 'tag'));
    }
  }

  private memories(): void {
    const { memoryTypes, importCounts } = this.module;
    for (const type of memoryTypes.slice(importCounts.memory)) checkMemoryType(type);
    checkCount(memoryTypes, this.options.maxMemories, 'multiple memories');
  }

  private tables(): void {
    const { context, module } = this;
    for (const table of module.tables) {
      checkTableType(context, table);
      if (table.init !== undefined) {
        this.constant(table.init, table.element, module.importCounts.global);
      } else if (!isDefaultable(table.element)) {
        throw new InvalidError(
          `type mismatch: expected an initializer for a table of ${typeName(table.element)}`,
          { offset: table.offset },
        );
      }
    }
    checkCount(module.tableTypes, this.options.maxTables, 'multiple tables');
  }

  private globals(): void {
    const { context, module } = this;
    module.globals.forEach((global, i) => {
      checkGlobalType(context, global, global.offset);
      this.constant(global.init, global.type, module.importCounts.global + i);
    });
  }

  private elems(): void {
    const { context, module } = this;
    for (const segment of module.elems) {
      const { offset } = segment;
      const type = segmentType(segment);
      context.checkValType(type, offset);
      for (const func of segment.funcs ?? []) {
        lookup(module.funcTypes, func, 'function', 'functions', offset);
        context.declaredFuncs.add(func);
      }
      for (const expr of segment.exprs ?? []) this.constant(expr, type);
      if (segment.mode !== 'active') continue;
      const table = context.table(segment.table, offset);
      if (!context.types.matches(type, table.element)) {
        const expected = typeName(table.element);
        throw new InvalidError(
          `type mismatch: element segment: expected ${expected}, found ${typeName(type)}`,
          { offset },
        );
      }
      this.constant(segment.offsetExpr!, addressType(table.limits.addr64));
    }
  }

  private datas(): void {
    const { context, module } = this;
    for (const { mode, memory, offset, offsetExpr } of module.datas) {
      if (mode !== 'active') continue;
      this.constant(offsetExpr!, addressType(context.memory(memory, offset).limits.addr64));
    }
  }

  private start(): void {
    const { context, module } = this;
    if (module.start === undefined) return;
    const { func, offset } = module.start;
    const index = lookup(module.funcTypes, func, 'function', 'functions', offset);
    const { params, results } = context.funcType(index, offset);
    if (params.length > 0 || results.length > 0) {
      throw new InvalidError(
        `start function must have neither parameters nor results, ` +
          `found ${params.length} and ${results.length}`,
        { offset },
      );
    }
  }

  private exports(): void {
    const { context, module } = this;
    const spaces = {
      func: [module.funcTypes, 'function', 'functions'],
      table: [module.tableTypes, 'table', 'tables'],
      memory: [module.memoryTypes, 'memory', 'memories'],
      global: [module.globalTypes, 'global', 'globals'],
      tag: [module.tagTypes, 'tag', 'tags'],
    } as const;
    const names = new Set<string>();
    for (const { name, kind, index, offset } of module.exports) {
      const [space, thing, things] = spaces[kind];
      lookup<unknown>(space, index, thing, things, offset);
      if (names.has(name)) {
        throw new InvalidError(`duplicate export name ${JSON.stringify(name)}`, { offset });
      }
      names.add(name);
      if (kind === 'func') context.declaredFuncs.add(index);
    }
  }

  /** A constant expression (section 3.4, "Expressions"); `globals` of the module are in scope. */
  private constant(expr: ExprRange, type: ValType, globals?: number): void {
    const { body } = this;
    body.func = undefined;
    body.constant = true;
    body.visibleGlobals = globals ?? this.module.globalTypes.length;
    body.reader.reset(expr.start, expr.end);
    body.begin(body.single(type));
    validateInstructions(body);
  }

  /** Function bodies (section 3.5, "Functions"). */
  private bodies(): void {
    const { body, context, module } = this;
    body.constant = false;
    body.visibleGlobals = module.globalTypes.length;
    module.funcs.forEach((def, i) => {
      body.func = module.importCounts.func + i;
      const { params, results } = context.funcType(def.type, def.offset, body.func);
      for (const { type } of def.locals) context.checkValType(type, def.offset, body.func);
      body.locals.reset(params, def);
      body.reader.reset(def.body.start, def.body.end, body.func);
      body.begin(results);
      validateInstructions(body);
    });
  }
}

const sectionStart = (module: Module, name: string): number =>
  module.sections.find((section) => section.id !== 0 && section.name === name)?.range.start ?? 0;

function checkCount(
  types: readonly { offset: number }[],
  limit: number | undefined,
  message: string,
): void {
  if (limit !== undefined && types.length > limit) {
    const { offset } = types[limit]!;
    throw new InvalidError(`${message}: at most ${limit} allowed, found ${types.length}`, {
      offset,
    });
  }
}
