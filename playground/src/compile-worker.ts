/** Compiles modules, off the page's thread: the compiler is the one of the command, and runs here. */

import declarations from 'wasm2js:library';
import { compile, isCommand, provideLibrary } from '@wasm2js/codegen/anywhere';
import { decodeModule, inspectModule, WasmError } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { assembleWith, type ParserExports } from '../../packages/cli/dist/wat-parser-abi.js';
import type { Compiled, CompileReply, CompileRequest, CompileTimes } from './protocol.js';

provideLibrary(() => declarations);

/** A message for a person. */
class Failure extends Error {}

interface Assembler {
  parse(text: Uint8Array): ReturnType<typeof assembleWith>;
}

let assembler: Promise<Assembler> | undefined;

/** The parser of the text format: WebAssembly, or where the host has none, what wasm2js has made of it. */
async function loadAssembler(): Promise<Assembler> {
  if (typeof WebAssembly === 'undefined') {
    const parser = await import(new URL('./wat-parser.js', location.href).href);
    const { instantiate, parserNeeds } = parser;
    const make = (imports: object) => instantiate(imports) as ParserExports;
    return { parse: (text) => assembleWith(parserNeeds, make, text) };
  }
  const response = await fetch(new URL('./wat-parser.wasm', location.href));
  const module = new WebAssembly.Module(await response.arrayBuffer());
  const make = (imports: WebAssembly.Imports) =>
    new WebAssembly.Instance(module, imports).exports as unknown as ParserExports;
  return { parse: (text) => assembleWith(WebAssembly.Module.imports(module), make, text) };
}

async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  assembler ??= loadAssembler();
  const result = (await assembler).parse(new TextEncoder().encode(text));
  if (result instanceof Uint8Array) return result as Uint8Array<ArrayBuffer>;
  const { line, column, message } = result;
  throw new Failure(line === undefined ? message : `line ${line}, column ${column}: ${message}`);
}

/** Bytes of a text or file as servers send it. */
async function gzipped(blob: Blob): Promise<number> {
  const stream = blob.stream().pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

let runtime: Promise<string> | undefined;

/** The text of the WASI runtime over files in memory. */
async function wasiRuntime(): Promise<string> {
  runtime ??= fetch(new URL('./wasi.js', location.href)).then((response) => response.text());
  return runtime;
}

async function compiled({ name, source, names }: CompileRequest): Promise<Compiled> {
  const times: CompileTimes = { decode: 0, validate: 0, compile: 0 };
  const timed = <T>(step: keyof CompileTimes, work: () => T): T => {
    const start = performance.now();
    const result = work();
    times[step] = performance.now() - start;
    return result;
  };
  let wasm: Uint8Array<ArrayBuffer>;
  if (typeof source === 'string') {
    const start = performance.now();
    wasm = await assemble(source);
    times.assemble = performance.now() - start;
  } else wasm = source;
  const module = timed('decode', () => decodeModule(wasm));
  timed('validate', () => validateModule(module));
  const command = isCommand(module);
  const wasi = command ? ({ mode: 'bundle', source: await wasiRuntime() } as const) : undefined;
  const { chunks, dts } = timed('compile', () =>
    compile(module, {
      format: 'esm',
      names,
      data: 'inline',
      namedExports: false,
      sourceName: name,
      ...(wasi === undefined ? {} : { wasi }),
    }),
  );
  const script = new Blob(chunks, { type: 'text/javascript' });
  const sizes = {
    wasm: wasm.length,
    wasmGzip: await gzipped(new Blob([wasm])),
    script: script.size,
    scriptGzip: await gzipped(script),
  };
  return { wasm, listing: inspectModule(module), command, script, dts, sizes, times };
}

async function reply(request: CompileRequest): Promise<CompileReply> {
  try {
    return { compiled: await compiled(request) };
  } catch (error) {
    if (error instanceof Failure) return { error: error.message };
    if (error instanceof WasmError) return { error: `${error.name}: ${error.describe()}` };
    return { error: String(error) };
  }
}

addEventListener('message', async ({ data }: MessageEvent<CompileRequest>) => {
  postMessage(await reply(data));
});
