/**
 * The declarations of a component: gets the files that jco makes of its WIT, gives one file in which each interface
 * is a namespace.
 */

/** Types of `run` and of what WASI is given, shared with commands of preview 1. */
export interface Surface {
  /** Does it export wasi:cli/run? */
  command: boolean;
  /** Does it answer requests of HTTP? */
  handler: boolean;
  /** Text of the interface `RunOptions` and what it needs. */
  runOptions: string;
  /** Names of exports of the module itself. */
  named: readonly string[];
  /** What the header calls the input. */
  sourceName: string;
  /** Does making an instance wait? */
  asynchronous: boolean;
}

/** `interfaces/wasi-cli-run.d.ts` → `WasiCliRun`. */
const namespaceOf = (file: string): string =>
  file
    .replace(/^.*\//, '')
    .replace(/\.d\.ts$|\.js$/, '')
    .replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** The namespace of an interface. */
const namespace = (name: string, text: string, nameOf: (file: string) => string) => {
  const [, about] = /^\/\*\* @module (.*?) \*\*\/\n/.exec(text) ?? [];
  const body = text
    .replace(/^\/\*\* @module .*\n/, '')
    .replace(/import\('([^']*)'\)/g, (_, path: string) => nameOf(path))
    .replace(/^import type \{.*\} from .*\n/gm, '')
    .trim();
  // What has only types has no value that `typeof` could ask for.
  const values = /^export (?:function|class|const|let)/m.test(body);
  return [
    about === undefined ? '' : `/** ${about} */\n`,
    `declare namespace ${name} {\n${indented(body)}\n}\n`,
    values ? '' : `declare const ${name}: {};\n`,
  ].join('');
};

/** Types of `handle`. */
const HANDLE_TYPES = `/** A request for {@link handle}. */
export interface HttpRequest {
  /** Default: \`GET\`. */
  method?: string | undefined;
  /** Path and query. Default: \`/\`. */
  path?: string | undefined;
  /** Default: \`http\`. */
  scheme?: string | undefined;
  /** Host and port. Default: what the header \`host\` says. */
  authority?: string | undefined;
  headers?: readonly (readonly [name: string, value: string | Uint8Array])[] | undefined;
  /** A function gives piece after piece, \`undefined\` after the last. */
  body?: string | Uint8Array | (() => Uint8Array | undefined) | undefined;
}
/** Status and header of an answer. */
export interface HttpHead {
  status: number;
  headers: [name: string, value: Uint8Array][];
}
/** An answer. */
export interface HttpResponse extends HttpHead {
  body: Uint8Array;
  trailers: [name: string, value: Uint8Array][];
}
/** What takes an answer piece by piece. */
export interface HttpSink {
  respond(head: HttpHead): void;
  write(bytes: Uint8Array): void | Promise<void>;
  end(trailers: [name: string, value: Uint8Array][]): void;
}
`;

const handleType = (asynchronous: boolean): string => {
  const result = (type: string): string => (asynchronous ? `Promise<${type}>` : type);
  const imports = 'imports?: object | undefined';
  return [
    '/** Answers a request in a fresh instance, by wasi:http; with a sink the answer goes there. */\n',
    `export declare function handle(request: HttpRequest, options?: RunOptions & { ${imports}; sink?: undefined }): ${result('HttpResponse')};\n`,
    `export declare function handle(request: HttpRequest, options: RunOptions & { ${imports}; sink: HttpSink }): ${result('undefined')};\n`,
    'export declare namespace handle {\n',
    '  /** An instance that answers request after request, which see what earlier ones have left in its memory. */\n',
    '  interface HandlerInstance {\n',
    '    /** One request at a time. After a trap, or what is no whole answer, there are no more. */\n',
    `    handle(request: HttpRequest, sink?: undefined): ${result('HttpResponse')};\n`,
    `    handle(request: HttpRequest, sink: HttpSink): ${result('undefined')};\n`,
    '    /** Closes its files and connections. */\n',
    '    /** Is its WASI as new again, for a component that was put back? False where only `close` is left. */\n    renew(): boolean;\n',
    '    close(): void;\n',
    '  }\n',
    `  function instance(options?: RunOptions & { ${imports} }): HandlerInstance;\n`,
    '}\n',
  ].join('');
};

/**
 * Puts the declarations together.
 * @param files of jco, the declarations of the world being the one outside of `interfaces/`
 */
export const joinDeclarations = (
  files: readonly (readonly [string, string])[],
  { command, handler, runOptions, named, sourceName, asynchronous }: Surface,
): string => {
  const world = files.find(([name]) => !name.startsWith('interfaces/'))?.[1] ?? '';
  const names = new Map<string, string>();
  for (const [, name, path] of world.matchAll(/^import type \* as (\S+) from '\.\/(\S+?)';/gm))
    names.set(namespaceOf(path!), name!);
  const nameOf = (file: string): string => names.get(namespaceOf(file)) ?? namespaceOf(file);
  const spaces = files
    .filter(([name]) => name.startsWith('interfaces/'))
    .map(([name, text]) => namespace(nameOf(name), text, nameOf));
  // Up to the function that jco's users call, which is another one here.
  const types = world
    .slice(0, Math.max(0, world.search(/\/\*\*\s*\n\* Instantiates this component/)))
    .replace(/^import type \* as .*\n/gm, '')
    .replace(/^export type \* as .*\n/gm, '')
    .replace(/^\/\/ world .*\n/m, '')
    .replace(/^ {2}('wasi:[^']*'|"wasi:[^"]*"): /gm, '  $1?: ')
    .replace(/(export interface Root \{[^}]*)/, (root: string) => root.replace(/\?: /g, ': '));
  const members = /interface ImportObject \{([^}]*)\}/.exec(types)?.[1];
  const required =
    members !== undefined && /^ {2}(?:'[^']*'|"[^"]*"|[\w$]+)(?:: |\()/m.test(members);
  const imports =
    members === undefined ? 'imports?: {}' : `imports${required ? '' : '?'}: ImportObject`;
  const result = asynchronous ? 'Root | Promise<Root>' : 'Root';
  return [
    `/* Generated by wasm2js from ${sourceName.replace(/\*\//g, '* /')}. */\n`,
    ...spaces,
    types.trim(),
    '\n',
    runOptions,
    '/** Makes an instance. Interfaces of WASI that are not given are made of the options. */\n',
    `declare function instantiate(${imports}, options?: RunOptions): ${result};\n`,
    'declare namespace instantiate {\n  const RuntimeError: new (message?: string) => Error;\n  const LinkError: new (message?: string) => Error;\n}\n',
    'export { instantiate };\nexport default instantiate;\n',
    ...(handler ? [HANDLE_TYPES, handleType(asynchronous)] : []),
    ...(command
      ? [
          '/** Runs the command in a fresh instance; returns its exit code. */\n',
          `export declare function run(options?: RunOptions): ${asynchronous ? 'number | Promise<number>' : 'number'};\n`,
        ]
      : named.map((name, i) => {
          const type = `Root[${JSON.stringify(name)}]`;
          return `declare const _e${i}: ${type};\nexport { _e${i} as ${JSON.stringify(name)} };\n`;
        })),
  ].join('');
};
