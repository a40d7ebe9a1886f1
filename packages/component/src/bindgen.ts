/** jco's js-component-bindgen: gets a component, gives the JavaScript of the canonical ABI, core modules and types. */

/** What is made of a component. */
export interface Bindings {
  /** The glue, core modules and declarations, by their names. */
  files: [string, Uint8Array][];
  /** Names of imports, as the glue looks them up. */
  imports: string[];
  exports: [string, 'function' | 'instance'][];
}

interface Bindgen {
  $init: Promise<void>;
  generate(component: Uint8Array, options: object): Bindings;
}

/** How the bindings are made. */
export interface BindgenOptions {
  /** What file names begin with. */
  name: string;
  /** Imports to be looked up under another name. */
  map: readonly (readonly [string, string])[];
  /** May exports and imports be asynchronous (WASI 0.3)? */
  asynchronous: boolean;
}

/**
 * Makes the bindings of a component.
 * @throws Error with the reader's message for what is no valid component, or uses what it does not know
 */
export const makeBindings = async (
  component: Uint8Array,
  { name, map, asynchronous }: BindgenOptions,
): Promise<Bindings> => {
  // Written by scripts/bundle-bindgen.mjs; from src (tests) and from dist alike.
  const url = new URL('../dist/bindgen-bundle.js', import.meta.url);
  const { $init, generate } = (await import(url.href)) as Bindgen;
  await $init;
  try {
    return generate(component, {
      name,
      map,
      instantiation: { tag: 'sync' },
      asyncMode: asynchronous
        ? { tag: 'jspi', val: { imports: [], exports: [] } }
        : { tag: 'sync' },
      noComponentErrorWrapping: false,
      noNodejsCompat: true,
      multiMemory: true,
    });
  } catch (error) {
    throw new Error(messageOf(error), { cause: error });
  }
};

/** The reader's own words, which come with a chain of causes over several lines. */
const messageOf = (error: unknown): string => {
  const { payload, message } = error as { payload?: unknown; message?: string };
  const text = typeof payload === 'string' ? payload : (message ?? String(error));
  const lines = text
    .replace(/^ComponentError:\s*/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\d+:\s*)?/, '').trim())
    .filter((line) => line !== '' && !/^(?:Caused by|Stack backtrace):?/i.test(line));
  return [...new Set(lines)].join(': ');
};
