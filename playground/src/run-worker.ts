/** Runs what was compiled, and the module by the host's own WebAssembly, off the page's thread: it may not end. */
import { MemoryFileSystem, WASI } from '@wasm2js/wasi-runtime/memory';
import type { Outcome, RunReply, RunRequest } from './protocol.js';

/** The face of an emitted module that is used here. */
interface Emitted {
  instantiate(imports?: object): Record<string, unknown>;
  run?(options: object): number;
}
type CommandRequest = Extract<RunRequest, { kind: 'command' }>;
type CallRequest = Extract<RunRequest, { kind: 'call' }>;

/** Milliseconds for which calls are measured, and for one batch. */
const BUDGET = 400;
const BATCH = 20;

const failed = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Runs a command with files and streams in memory. @param start gives the exit code */
function runCommand(
  { stdin, files }: CommandRequest,
  start: (options: {
    system: MemoryFileSystem;
    stdin: string;
    stdout: (bytes: Uint8Array) => void;
    stderr: (bytes: Uint8Array) => void;
  }) => number,
): Outcome {
  const output: Outcome['output'] = [];
  const sink = (stream: 'out' | 'err'): ((bytes: Uint8Array) => void) => {
    const decoder = new TextDecoder();
    return (bytes) => output.push({ stream, text: decoder.decode(bytes, { stream: true }) });
  };
  const system = new MemoryFileSystem(Object.fromEntries(files));
  const options = { system, stdin, stdout: sink('out'), stderr: sink('err') };
  const begin = performance.now();
  const result: Outcome = { time: 0, output, files: [] };
  try {
    result.value = `exit code ${start(options)}`;
  } catch (error) {
    result.error = failed(error);
  }
  result.time = performance.now() - begin;
  result.files = written(system, new Map(files));
  return result;
}

/** Files at the top of the file system that the program has made or changed. */
function written(
  system: MemoryFileSystem,
  before: ReadonlyMap<string, Uint8Array>,
): Outcome['files'] {
  const found: Outcome['files'] = [];
  for (const name of system.list('/')) {
    let content: Uint8Array;
    try {
      content = system.readFile(`/${name}`);
    } catch {
      continue; // A folder.
    }
    const old = before.get(name);
    if (old?.length === content.length && old.every((byte, i) => byte === content[i])) continue;
    found.push([name, content.slice()]);
  }
  return found;
}

/** Functions that do nothing but tell that they were called. */
function stubs({ imports }: CallRequest, output: Outcome['output']): Record<string, object> {
  const all: Record<string, Record<string, unknown>> = {};
  for (const { module, name, type } of imports) {
    const result = /\(result (i64)?/.exec(type);
    (all[module] ??= {})[name] = (...args: unknown[]) => {
      if (output.length < 100)
        output.push({ stream: 'err', text: `${module}.${name}(${args.join(', ')})\n` });
      return result === null ? undefined : result[1] ? 0n : 0;
    };
  }
  return all;
}

/** Calls an export. @param instantiate makes an instance with imports */
function callExport(
  request: CallRequest,
  instantiate: (imports: object) => Record<string, unknown>,
): Outcome {
  const { name, args, measure } = request;
  const output: Outcome['output'] = [];
  const outcome: Outcome = { time: 0, output, files: [] };
  let begin = performance.now();
  try {
    const call = instantiate(stubs(request, output))[name] as (...args: unknown[]) => unknown;
    begin = performance.now();
    const value = call(...args);
    outcome.time = performance.now() - begin;
    outcome.value = Array.isArray(value) ? `[${value.map(String).join(', ')}]` : String(value);
    if (measure)
      Object.assign(
        outcome,
        measured(() => call(...args)),
      );
  } catch (error) {
    outcome.time = performance.now() - begin;
    outcome.error = failed(error);
  }
  return outcome;
}

/** The time of a call, of the fastest of many batches. */
function measured(call: () => void): { time: number; calls: number } {
  let size = 1;
  let calls = 0;
  let best = Infinity;
  const end = performance.now() + BUDGET;
  do {
    const begin = performance.now();
    for (let i = 0; i < size; i++) call();
    const time = performance.now() - begin;
    calls += size;
    // Clocks of pages are coarse.
    if (time >= BATCH / 2) best = Math.min(best, time / size);
    if (time < BATCH) size *= 2;
  } while (performance.now() < end || best === Infinity);
  return { time: best, calls };
}

async function run(request: RunRequest): Promise<RunReply> {
  const url = URL.createObjectURL(request.script);
  const emitted = (await import(url)) as Emitted;
  URL.revokeObjectURL(url);
  const native =
    typeof WebAssembly === 'undefined' ? undefined : () => new WebAssembly.Module(request.wasm);
  if (request.kind === 'call') {
    const script = callExport(request, (imports) => emitted.instantiate(imports));
    const instance = (module: WebAssembly.Module) => (imports: object) =>
      new WebAssembly.Instance(module, imports as WebAssembly.Imports).exports;
    return { script, native: tried(native, (module) => callExport(request, instance(module))) };
  }
  const { args } = request;
  const script = runCommand(request, ({ system, ...streams }) =>
    emitted.run!({ args, files: system, ...streams }),
  );
  return {
    script,
    native: tried(native, (module) =>
      runCommand(request, ({ system, ...streams }) => {
        const wasi = new WASI({ args, files: system, ...streams });
        const instance = new WebAssembly.Instance(
          module,
          wasi.getImportObject() as WebAssembly.Imports,
        );
        return wasi.start(instance);
      }),
    ),
  };
}

/** What the host's WebAssembly makes of the module; it may not take it. */
function tried(
  compile: (() => WebAssembly.Module) | undefined,
  outcome: (module: WebAssembly.Module) => Outcome,
): Outcome | undefined {
  if (compile === undefined) return undefined;
  try {
    return outcome(compile());
  } catch (error) {
    return { error: failed(error), time: 0, output: [], files: [] };
  }
}

addEventListener('message', async ({ data }: MessageEvent<RunRequest>) => {
  try {
    postMessage(await run(data));
  } catch (error) {
    const script: Outcome = { error: failed(error), time: 0, output: [], files: [] };
    postMessage({ script, native: undefined } satisfies RunReply);
  }
});
