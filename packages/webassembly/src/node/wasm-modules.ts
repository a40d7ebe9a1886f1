/**
 * `.wasm` files as ES modules (WebAssembly/ES Module Integration): Node makes them of its own WebAssembly, which is
 * missing or not wanted. Hooks give a module of JavaScript in their place, which uses the object that is installed.
 */
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { readExports, readImports } from '../sections.js';

/** What imports of strings come from, with ES modules. */
const STRING_CONSTANTS = 'wasm:js/string-constants';
/** Marks the address of a file whose `WebAssembly.Module` is asked for (`import source`). */
const SOURCE = 'wasm2js-source';

const RAW = Symbol.for('wasm2js.wasm-modules');

interface Loaded {
  format: string;
  source?: string | ArrayBuffer | NodeJS.TypedArray | null;
  shortCircuit?: boolean;
}
interface Hooks {
  load(url: string, context: object, next: (url: string, context: object) => Loaded): Loaded;
}

/** The text of the expression for a file's `WebAssembly.Module`. */
const compiled = (path: string): string =>
  `new WebAssembly.Module(process.getBuiltinModule('node:fs').readFileSync(${JSON.stringify(path)}), ` +
  `{ builtins: ['js-string'], importedStringConstants: '${STRING_CONSTANTS}' })`;

/**
 * The text of a module that stands for a `.wasm` file.
 * @param url its address; it imports itself by it, so that other such modules find its unwrapped exports
 * @param path the file
 */
export function wasmModuleText(url: string, path: string): string {
  const bytes = readFileSync(path);
  const specifiers = [...new Set(readImports(bytes).map((item) => item.module))].filter(
    (name) => !name.startsWith('wasm:'),
  );
  const names = readExports(bytes).map(({ name }) => JSON.stringify(name));
  const raw = `globalThis[Symbol.for('${RAW.description}')]`;
  return [
    ...specifiers.map((name, i) => `import * as i${i} from ${JSON.stringify(name)};`),
    `import * as self from ${JSON.stringify(url)};`,
    `const raw = ${raw} ||= new WeakMap();`,
    `const { exports } = new WebAssembly.Instance(${compiled(path)}, {`,
    '  __proto__: null,',
    ...specifiers.map((name, i) => `  [${JSON.stringify(name)}]: raw.get(i${i}) ?? i${i},`),
    '});',
    'raw.set(self, exports);',
    // Globals come as their values.
    'const value = (item) => (item instanceof WebAssembly.Global ? item.value : item);',
    ...names.map(
      (name, i) => `const e${i} = value(exports[${name}]);\nexport { e${i} as ${name} };`,
    ),
  ].join('\n');
}

/** The query of an address. */
const query = (url: string): string => /\?([^#]*)/.exec(url)?.[1] ?? '';

/**
 * Installs the hooks, where Node has such (22.15 and 23.5 on); older ones have no ES modules of WebAssembly without a
 * flag either. Not in Deno: it links `.wasm` files before it asks a hook, and once it has one, `require` of an ES
 * module resolves no package that this imports (Deno 2.9), the compiler among them.
 */
export function hookWasmModules(): void {
  if ('deno' in process.versions) return;
  const { registerHooks } = module as unknown as { registerHooks?: (hooks: Hooks) => void };
  registerHooks?.({
    load(url, context, next) {
      if (/^file:[^?#]*\.wasm(?:$|[?#])/.test(url)) {
        const path = fileURLToPath(url.replace(/[?#].*/, ''));
        const source =
          query(url) === SOURCE ? `export default ${compiled(path)};` : wasmModuleText(url, path);
        return { format: 'module', source, shortCircuit: true };
      }
      const loaded = next(url, context);
      if (loaded.format !== 'module' || loaded.source == null) return loaded;
      const text =
        typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return text.includes('import source') ? { ...loaded, source: sourcePhase(text) } : loaded;
    },
  });
}

/** Imports in the source phase become imports of a module whose default is the `WebAssembly.Module`. */
function sourcePhase(text: string): string {
  return text.replace(
    /\bimport source\s+([\w$]+)\s+from\s*(['"])([^'"\n]+\.wasm)\2/g,
    (_, name: string, quote: string, specifier: string) =>
      `import ${name} from ${quote}${specifier}?${SOURCE}${quote}`,
  );
}
