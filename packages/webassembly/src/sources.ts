/**
 * Where the object gets code from. A source is asked for the code of a module's bytes; sources are a compiler at
 * run time (`@wasm2js/webassembly/compiler`) or modules that were built ahead, found by a digest of the bytes.
 */

/** Compile options of a module (JS API, "WebAssemblyCompileOptions"), converted already. */
export interface ModuleOptions {
  /** Names of the builtin sets that are asked for; unknown ones are among them, none is twice. */
  readonly builtins: readonly string[];
  /** Imports of globals from a module of this name are strings: their own names. */
  readonly importedStringConstants: string | undefined;
  /** Has anybody made an import that suspends? Then instances need the suspendable form of functions. */
  readonly suspends?: () => boolean;
  /** What code made at run time shares with the object (`helpers` of the realm). */
  readonly realm?: () => object;
}

/** What stands behind a `WebAssembly.Module`. */
export interface ModuleCode {
  /**
   * Makes an instance: the function of that name of an emitted module (ABI.md).
   * @param imports as given by the user: undefined, or an object
   * @returns the frozen exports object
   * @throws TypeError, LinkError, RuntimeError as `new WebAssembly.Instance`
   */
  instantiate(imports?: unknown): object;
}

/** A source of code. */
export interface CodeSource {
  /**
   * The code of a module, for the synchronous calls (`new Module`).
   * @param bytes a copy that nobody changes
   * @returns undefined where the source does not know the module: the next one is asked
   * @throws any error for a module that is not valid or not supported: a CompileError with its message
   */
  find(bytes: Uint8Array, options: ModuleOptions): ModuleCode | undefined;
  /** The same for the calls that give promises (`compile`, `instantiate`); `find` where it is missing. */
  load?(bytes: Uint8Array, options: ModuleOptions): Promise<ModuleCode | undefined>;
  /**
   * Is the module valid, and would `find` give its code? Undefined where the source does not know; without this
   * method `find` is asked.
   */
  validate?(bytes: Uint8Array, options: ModuleOptions): boolean | undefined;
}

/** The sources in the order in which they are asked. */
export class Sources {
  constructor(private readonly list: readonly CodeSource[]) {}

  /** @throws Error that says why there is no code */
  find(bytes: Uint8Array, options: ModuleOptions): ModuleCode {
    for (const source of this.list) {
      const code = source.find(bytes, options);
      if (code !== undefined) return code;
    }
    return missing(bytes);
  }

  async load(bytes: Uint8Array, options: ModuleOptions): Promise<ModuleCode> {
    for (const source of this.list) {
      const code = await (source.load === undefined
        ? source.find(bytes, options)
        : source.load(bytes, options));
      if (code !== undefined) return code;
    }
    return missing(bytes);
  }

  validate(bytes: Uint8Array, options: ModuleOptions): boolean {
    for (const source of this.list) {
      try {
        const valid =
          source.validate === undefined
            ? source.find(bytes, options) !== undefined || undefined
            : source.validate(bytes, options);
        if (valid !== undefined) return valid;
      } catch {
        return false;
      }
    }
    return false;
  }
}

function missing(bytes: Uint8Array): never {
  throw new Error(
    `this module of ${bytes.length} bytes was not built ahead, and there is no compiler here`,
  );
}
