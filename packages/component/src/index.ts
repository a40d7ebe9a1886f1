/**
 * From a component to the text of one script: gets its bytes and a function that compiles core modules, gives the
 * script and its declarations. What the script consists of: core modules as expressions, jco's glue as a function, the
 * realm's classes, WASI 0.2, and the linker, which puts them together.
 */
import { readFileSync } from 'node:fs';
import {
  moduleExpression,
  type OverlayFiles,
  overlayExpression,
  RUN_OPTIONS,
  realmExpression,
  wrapFormat,
} from '@wasm2js/codegen';
import { bundleSource } from '@wasm2js/wasi-runtime/bundle';
import { makeBindings } from './bindgen.js';
import { joinDeclarations } from './declarations.js';
import { slimGlue } from './glue.js';

export { type ComponentSurface, describeComponent } from './describe.js';

/** How a component is built. */
export interface ComponentOptions {
  format: 'esm' | 'cjs' | 'iife';
  /** `iife`: the variable that gets the module; without it the text is one expression. */
  globalName?: string | undefined;
  /** Where its WASI comes from: the script, `@wasm2js/wasi-runtime`, or the caller alone. */
  wasi: 'bundle' | 'import' | 'none';
  /** A command runs where its file is what the host was started with (default true). */
  main?: boolean | undefined;
  /** Units of fuel for an instance that is given no other: core modules are compiled so. */
  fuel?: number | undefined;
  /** Can an instance be put back to what it was (`restore.ts`)? Core modules are then compiled so, too. */
  restorable?: boolean | undefined;
  /** What a command has where it is not told otherwise: those of an image. */
  defaults?: CommandDefaults | undefined;
  /** What the header and the declarations call the input. */
  sourceName: string;
  /**
   * Compiles a core module to an expression whose value has `instantiate`; without it the host's own WebAssembly runs core
   * modules, to compare with.
   * @param name what errors call it
   * @param suspendable may its imports suspend (WASI 0.3)?
   */
  compileCore?:
    | ((bytes: Uint8Array, name: string, suspendable: boolean) => Promise<string>)
    | undefined;
  /** Is told after each core module how many of all are done. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a command brings along, as `WasiOptions` of the compiler has it for modules. */
export interface CommandDefaults {
  args: readonly string[];
  /** How many of `args` stand before those that whoever runs it gives. */
  fixed: number;
  env: Readonly<Record<string, string>>;
  overlay: OverlayFiles;
}

/** What a component became. */
export interface ComponentResult {
  /** The script, in pieces. */
  chunks: string[];
  dts: string;
  /** Is there a `run`: does it export wasi:cli/run? */
  command: boolean;
  /** Is there a `handle`: does it answer requests of HTTP? */
  handler: boolean;
  /** Imports that the caller has to give. */
  needed: string[];
  /** May it wait (WASI 0.3)? The host's own WebAssembly needs JSPI for that. */
  asynchronous: boolean;
}

/** Helpers of the support library, by the names that the linker has for them. */
const REALM = { errorClass: '_error_class', Global: 'Global' };
const SUSPENSION = { Suspending: '_Suspending', promising: '_promising' };
const COMMAND = { run: '_run_command', start: '_start_command', mainSoon: '_main_soon' };

const decoder = new TextDecoder();

/** Interfaces that the WASI runtime has. */
const PROVIDED =
  /^wasi:(?:(?:cli|clocks|filesystem|io|random|sockets)\/|http\/(?:types|outgoing-handler|client)(?:@|$))/;

/** Exports by which a component answers requests: of 0.2, and of 0.3. */
const HANDLER = /^wasi:http\/(?:incoming-)?handler@/;

/**
 * Those for which the runtime brings its network; what is left of wasi:sockets is imported by programs that have none.
 */
const NETWORK =
  /^wasi:(?:sockets\/(?:(?:tcp|udp)-create-socket|ip-name-lookup|types)|http\/.*)(?:@|$)/;

/** Names that a script's own exports have, or that hosts read something into. */
const TAKEN = new Set(['default', 'instantiate', 'run', 'then', 'module.exports', '__esModule']);

/** What a component of WASI 0.3, whose functions wait, mentions even where it imports nothing of it. */
const ASYNCHRONOUS = ['[async-l', '[task-return]'];

/** Names for the interfaces of WASI 0.3 apart from those of 0.2: whatever the third number, they end in `@0.3`. */
const laterVersions = (text: Buffer): [string, string][] => {
  const found = new Map<string, string>();
  for (const [, name, version] of text
    .toString('latin1')
    .matchAll(/wasi:([a-z]+)\/[a-z0-9-]+@(0\.3\.\d+(?:-[0-9A-Za-z]+(?:[-.][0-9]+)*)?)/g))
    found.set(`wasi:${name}/*@${version}`, `wasi:${name}/*@0.3`);
  return [...found];
};

/** Are there functions whose type says that they may wait, though the component itself never leaves a call? */
const declaresPromises = (files: readonly (readonly [string, Uint8Array])[]): boolean =>
  files.some(([name, bytes]) => name.endsWith('.d.ts') && /\bPromise</.test(decoder.decode(bytes)));

/**
 * Builds a component.
 * @throws Error with jco's words for what it cannot read, TypeError for options that contradict each other, and
 *   what `compileCore` throws
 */
export const buildComponent = async (
  component: Uint8Array,
  options: ComponentOptions,
): Promise<ComponentResult> => {
  const { format, wasi, sourceName } = options;
  if (format === 'iife' && wasi === 'import')
    throw new TypeError("format 'iife' cannot import the WASI runtime: bundle it");
  const text = Buffer.from(component.buffer, component.byteOffset, component.length);
  const map = laterVersions(text);
  const bind = (waits: boolean) =>
    makeBindings(component, { name: 'component', map, asynchronous: waits });
  let asynchronous = map.length > 0 || ASYNCHRONOUS.some((mark) => text.includes(mark));
  let bindings = await bind(asynchronous);
  if (!asynchronous && declaresPromises(bindings.files)) {
    asynchronous = true;
    bindings = await bind(true);
  }
  const { files, imports, exports } = bindings;
  const named = (extension: string): [string, Uint8Array][] =>
    files.filter(([name]) => name.endsWith(extension));
  const script = files.find(([name]) => name === 'component.js')?.[1];
  if (script === undefined) throw new Error('jco made no script');
  const glue = slimGlue(decoder.decode(script), asynchronous, options.restorable);
  const cores: string[] = [];
  const modules = [...named('.wasm'), ...glue.modules];
  for (const [name, bytes] of modules) {
    const expression =
      (await options.compileCore?.(bytes, `${sourceName} (${name})`, asynchronous)) ??
      hostCore(bytes);
    cores.push(`${JSON.stringify(name)}:()=>${expression}`);
    options.onProgress?.(cores.length, modules.length);
  }
  const command = exports.some(([name]) => name.startsWith('wasi:cli/run@'));
  const handler = wasi !== 'none' && exports.some(([name]) => HANDLER.test(name));
  const usesWasi =
    wasi !== 'none' && (command || handler || imports.some((name) => PROVIDED.test(name)));
  const needed = imports.filter((name) => !(usesWasi && PROVIDED.test(name)));
  const own = !command && !handler && needed.length === 0 && !asynchronous;
  const values = own ? exports.map(([name]) => name).filter((name) => !TAKEN.has(name)) : [];
  const parts: Parts = {
    usesWasi,
    command,
    handler,
    values,
    asynchronous,
    glue: glue.text,
    cores,
    imports,
  };
  return {
    chunks: print(parts, options),
    dts: joinDeclarations(
      named('.d.ts').map(([name, bytes]) => [name, decoder.decode(bytes)]),
      { command, handler, runOptions: RUN_OPTIONS, named: values, sourceName, asynchronous },
    ),
    command,
    handler,
    needed,
    asynchronous,
  };
};

/** What a script is printed of. */
interface Parts {
  usesWasi: boolean;
  command: boolean;
  handler: boolean;
  /** Exports that the script itself has, of an instance that is made when it is loaded. */
  values: readonly string[];
  asynchronous: boolean;
  glue: string;
  cores: readonly string[];
  imports: readonly string[];
}

/** The linker's text, which `npm run bundle` makes of src/linker.ts. */
const linker = (): string =>
  moduleExpression(readFileSync(new URL('../dist/linker-bundle.js', import.meta.url), 'utf8'));

/** A core module for the host's own WebAssembly. */
const hostCore = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString('base64');
  return `{const made=new WebAssembly.Module(Buffer.from(${JSON.stringify(text)},'base64'));return{instantiate:(imports)=>new WebAssembly.Instance(made,imports).exports}}`;
};

/** Has the realm's classes be those of the host. */
const HOST_REALM =
  'Object.assign(_realm,{errorClass:(name)=>WebAssembly[name],Global:WebAssembly.Global,Suspending:WebAssembly.Suspending,promising:WebAssembly.promising});\n';

/** Statements that define `_wasi`, a function that gives the runtime's exports. */
const runtime = (
  wasi: 'bundle' | 'import',
  format: string,
  { asynchronous, imports, handler }: Parts,
): [imports: string, body: string] => {
  const version = asynchronous ? 'preview3' : 'preview2';
  if (wasi === 'bundle') {
    const network = handler || imports.some((name) => NETWORK.test(name));
    const text = moduleExpression(bundleSource(version, network));
    return ['', `let _runtime;\nconst _wasi=()=>(_runtime??=${text});\n`];
  }
  const specifier = JSON.stringify(`@wasm2js/wasi-runtime/${version}`);
  if (format === 'cjs') return ['', `const _wasi=()=>require(${specifier});\n`];
  return [`import * as _wasi_module from ${specifier};\n`, 'const _wasi=()=>_wasi_module;\n'];
};

/**
 * Answers one request in an instance of its own; it gives a promise where that may wait. `handle.instance` makes an
 * instance that answers one after the other.
 */
const HANDLE = `const handle=(request,options={})=>{
  const [wasi,component]=_instance(options);
  return wasi.handle(component,request,options.sink);
};
const _instance=(options)=>{
  const wasi=new (_wasi().WASI)(options);
  const made=instantiate({...wasi.getImportObject(),...options.imports},options);
  const wrap=(exports)=>({exports});
  return [wasi,typeof made.then==='function'?made.then(wrap):wrap(made)];
};
handle.instance=(options={})=>{
  const [wasi,component]=_instance(options);
  return {handle:(request,sink)=>wasi.answer(component,request,sink),renew:()=>wasi.renew(),close:()=>wasi.close()};
};
`;

/** Statements that define `_defaults`. */
const defaultsOf = (sourceName: string, defaults: CommandDefaults | undefined): string[] => {
  const name = JSON.stringify(sourceName.replace(/^.*[/\\]|\0/gs, ''));
  if (defaults === undefined) return [`const _defaults={args:[${name}],env:{},preopens:{}};\n`];
  const { args, fixed, env, overlay } = defaults;
  // Computed names, since `__proto__` is a name of a variable as any other.
  const variables = Object.entries(env).map(
    ([key, value]) => `[${JSON.stringify(key)}]:${JSON.stringify(value)}`,
  );
  return [
    'const _overlay=',
    ...overlayExpression(overlay),
    `;\nconst _defaults={args:${JSON.stringify(args)},fixed:${fixed},env:{${variables}},preopens:{},get overlay(){return _overlay()}};\n`,
  ];
};

/** The script in pieces. */
const print = (parts: Parts, options: ComponentOptions): string[] => {
  const { usesWasi, command, handler, values, asynchronous, glue, cores, imports } = parts;
  const { format, globalName, sourceName, main = true } = options;
  const names = {
    ...REALM,
    ...(asynchronous ? SUSPENSION : {}),
    ...(command ? COMMAND : {}),
  };
  const [first, wasi] = usesWasi
    ? runtime(options.wasi as 'bundle' | 'import', format, parts)
    : ['', ''];
  const runs = command && main && !(format === 'iife' && globalName !== undefined);
  const linked = `{realm:_realm,glue:_glue,cores:_cores,imports:${JSON.stringify(imports)},wasi:${usesWasi ? '_wasi' : 'undefined'},fuel:${options.fuel}}`;
  const statements = [
    `const _realm=${realmExpression(names)};\n`,
    options.compileCore === undefined ? HOST_REALM : '',
    wasi,
    `const _cores={${cores.join(',\n')}};\n`,
    `const _glue=(WebAssembly,TextDecoder,TextEncoder,console)=>{\n${glue}\nreturn instantiate\n};\n`,
    `const instantiate=${linker()}.WASI(${linked});\n`,
    ...(command
      ? [
          ...defaultsOf(sourceName, options.defaults),
          'const run=(options)=>{\n  run.used=true;\n  return _realm.run(_wasi(),instantiate,_defaults,options);\n};\n',
          "Object.defineProperty(run,'used',{value:false,writable:true});\n",
          "Object.defineProperty(run,'MemoryFileSystem',{get:()=>_wasi().MemoryFileSystem});\n",
        ]
      : []),
    ...(handler ? [HANDLE] : []),
  ];
  const start =
    format === 'cjs'
      ? "if(typeof require==='function'&&require.main===module)_realm.mainSoon(run,_defaults,require);\n"
      : `_realm.start(run,_wasi,_defaults,${format === 'iife'});\n`;
  const frame = {
    imports: first === '' ? [] : [first],
    main: runs ? [start] : [],
    run: command,
    own: handler ? ['handle'] : [],
  };
  return [
    `/* Generated by wasm2js from ${sourceName.replace(/\*\//g, '* /')}. */\n`,
    ...wrapFormat(statements, [...values], frame, { format, globalName }),
  ];
};
