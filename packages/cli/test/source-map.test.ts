/** `build --source-map`: maps by DWARF, by the module's own map, to a listing; and what hosts make of them. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  eachMapping,
  originalPositionFor,
  sourceContentFor,
  TraceMap,
} from '@jridgewell/trace-mapping';
import { build } from '@wasm2js/cli';
import { describe, expect, test } from 'vitest';
import { fixture, lineOf, TRAPS } from '../../debug-info/test/fixtures.js';
import { command, execute, repository, temporaryFolder, wasm2js } from './cli.js';
import { describeHosts } from './hosts.js';

const folder = temporaryFolder();
let outputs = 0;

/** Builds a file; gives the paths, the script and its map. */
function built(input: string, ...more: string[]) {
  const output = join(folder, `out${outputs++}.mjs`);
  const { code, stderr } = wasm2js(['build', input, '-o', output, '--source-map', ...more]);
  expect(code, stderr).toBe(0);
  const script = readFileSync(output, 'utf8');
  const map = new TraceMap(readFileSync(`${output}.map`, 'utf8'), `file://${output}.map`);
  return { output, script, map, stderr };
}

/** The script without its last line. */
const withoutComment = (script: string): string =>
  script.replace(/\/\/# sourceMappingURL=.*\n$/, '');

/** A script that makes the calls and prints the stack traces. */
const tracer = join(folder, 'trace.mjs');
writeFileSync(
  tracer,
  `const [, , file, text] = process.argv;
const module = await import(file);
for (const { call, args } of JSON.parse(text)) {
  try { module[call](...args); console.log('no trap'); }
  catch (error) { console.log(error.stack + '\\n'); }
}`,
);

/** The stack trace of each of the traps on a host with source maps on. */
function traced(
  [program, ...before]: readonly [string, ...string[]],
  output: string,
  traps: typeof TRAPS,
): string[] {
  const args = ['--enable-source-maps', tracer, `file://${output}`, JSON.stringify(traps)];
  return execute(program, [...before, ...args]).stdout.split('\n\n');
}

describeHosts('with source maps', (host) => {
  const node = /^Node (\d+)/.exec(host.name);
  // Deno and Bun read no maps of files that they have not compiled, Node 18 has no \`sourceMapsEnabled\`.
  test.skipIf(node === null || Number(node[1]) < 20)(
    'traps are shown at the line of the source',
    () => {
      for (const input of ['ledger-4.wasm', 'ledger-5.wasm', 'ledger-0.wasm']) {
        const { output } = built(fixture(input));
        const traces = traced(host.command, output, TRAPS);
        TRAPS.forEach(({ call, message, frames }, i) => {
          const trace = traces[i]!;
          expect(trace).toContain(`RuntimeError: ${message}`);
          const found = trace
            .split('\n')
            .filter((line) => line.includes('debug-info/test/fixtures'));
          frames.forEach(([source, text], k) => {
            expect(found[k], trace).toContain(`/${source}:${lineOf(source, text)}:`);
          });
          expect(found.at(-1), trace).toContain(`at ${call} (`);
        });
      }
    },
  );
});

test('of Rust, the line of the program, not of what was inlined into it', () => {
  const { output } = built(fixture('tally.wasm'));
  const traps = JSON.stringify([
    { call: 'share', args: [9] },
    { call: 'peek', args: [1 << 30] },
  ]);
  const { stdout } = execute(process.execPath, [
    '--enable-source-maps',
    tracer,
    `file://${output}`,
    traps,
  ]);
  expect(stdout).toContain(
    `at share (${fixture('tally.rs')}:${lineOf('tally.rs', 'panics for more')}:`,
  );
  expect(stdout).toContain('at core::slice::index::slice_end_index_len_fail (');
  expect(stdout).toContain(
    `at peek (${fixture('tally.rs')}:${lineOf('tally.rs', 'beyond the memory')}:`,
  );
});

test('a command that traps prints where, if source maps are on', () => {
  const { output } = built(fixture('ledger-command.wasm'));
  const mapped = execute(process.execPath, ['--enable-source-maps', output]);
  expect(mapped.code).toBe(134);
  const [first, ...trace] = mapped.stderr.split('\n');
  expect(first).toBe(`${basename(output)}: wasm trap: unreachable`);
  expect(trace.join('\n')).toContain(`ledger.c:${lineOf('ledger.c', 'check(0)')}:`);
  const plain = execute(process.execPath, [output]);
  expect([plain.code, plain.stderr]).toEqual([134, `${first}\n`]);
  const debug = execute(process.execPath, [output], { env: { WASM2JS_DEBUG: '1' } });
  expect(debug.stderr).toContain('at $check (');
});

describe.each(['examples/wordfreq/wordfreq.wasm', 'examples/markdown/markdown.wasm'])(
  '%s',
  (path) => {
    const input = join(repository, path);

    test('the script is the same with a map, but for its last line, and for any number of threads', () => {
      const plain = join(folder, `plain${outputs++}.mjs`);
      expect(wasm2js(['build', input, '-o', plain]).code).toBe(0);
      const one = built(input, '--jobs', '1');
      const three = built(input, '--jobs', '3');
      expect(withoutComment(one.script) === readFileSync(plain, 'utf8')).toBe(true);
      expect(withoutComment(three.script) === withoutComment(one.script)).toBe(true);
      const file = (map: string): string => map.replaceAll(/out\d+/g, 'out');
      const [a, b] = [one, three].map(({ output }) => file(readFileSync(`${output}.map`, 'utf8')));
      expect(a === b).toBe(true);
    });

    test('without debugging information, places lead to the instruction in a listing', () => {
      const { output, script, map } = built(input);
      const listing = readFileSync(`${output}.wat`, 'utf8').split('\n');
      expect(map.sources).toEqual([`${basename(output)}.wat`]);
      const lines = script.split('\n');
      const loads = { text: 0, listed: 0 };
      eachMapping(map, ({ generatedLine, generatedColumn, originalLine, name }) => {
        if (originalLine === null) return;
        const text = lines[generatedLine - 1]!.slice(generatedColumn);
        const line = listing[originalLine - 1]!;
        if (name !== null) expect(text).toMatch(/^function /);
        if (/^m\.\w+\(/.test(text)) {
          loads.text++;
          if (/\.(?:load|store)/.test(line)) loads.listed++;
        }
      });
      expect(loads.text).toBeGreaterThan(100);
      // The rest is what expressions begin with whose own instruction is another one, as a sum of a load.
      expect(loads.listed / loads.text).toBeGreaterThan(0.6);
    });
  },
);

test('the map that a module names is used: Emscripten', () => {
  const { output, map } = built(fixture('emscripten.wasm'));
  expect(map.sources.map((source) => basename(source!))).toEqual(
    expect.arrayContaining(['ledger.c', 'ledger.h']),
  );
  const traps = TRAPS.slice(0, 3);
  const traces = traced([process.execPath], output, traps);
  traps.forEach(({ frames }, i) => {
    for (const [source, text] of frames)
      expect(traces[i]).toContain(`${fixture(source)}:${lineOf(source, text)}:`);
  });
});

test('a map that is not there, or is none, is told, and a listing takes its place', () => {
  const inner = join(folder, 'lonely');
  mkdirSync(inner);
  const input = join(inner, 'emscripten.wasm');
  cpSync(fixture('emscripten.wasm'), input);
  const missing = built(input);
  expect(missing.stderr).toBe(
    `wasm2js: note: ${input}: its source map cannot be read: ${input}.map\n`,
  );
  expect(missing.map.sources[0]).toMatch(/\.wat$/);
  writeFileSync(`${input}.map`, '{"version":3');
  expect(built(input).stderr).toContain('its source map is malformed');
  writeFileSync(`${input}.map`, '{"version":3,"sources":[],"names":[],"mappings":""}');
  expect(built(input).stderr).toContain('its source map is empty');
});

test('no map is read from outside of the folder of the module', () => {
  const inner = join(folder, 'inside');
  mkdirSync(inner);
  const original = readFileSync(fixture('emscripten.wasm'));
  const at = original.indexOf('http://localhost:8080/emscripten.wasm.map');
  const changed = Buffer.from(original);
  const url = '../secret/.././secret/../emscripten.wasm.'.slice(0, 41).padEnd(41, 'x');
  changed.write(url, at);
  const input = join(inner, 'module.wasm');
  writeFileSync(input, changed);
  writeFileSync(join(folder, url.split('/').at(-1)!), readFileSync(fixture('emscripten.wasm.map')));
  const { stderr } = built(input);
  expect(stderr).toContain(`its source map cannot be read: ${join(inner, url.split('/').at(-1)!)}`);
});

/** A custom section. */
function section(name: string, content: Uint8Array): Buffer {
  const leb = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
  const inner = Buffer.concat([Buffer.from([...leb(name.length)]), Buffer.from(name), content]);
  return Buffer.concat([Buffer.from([0, ...leb(inner.length)]), inner]);
}

test('DWARF may be in a file of its own', () => {
  const inner = join(folder, 'external');
  mkdirSync(inner);
  const bytes = readFileSync(fixture('ledger-5.wasm'));
  writeFileSync(join(inner, 'ledger.debug.wasm'), bytes);
  const url = 'ledger.debug.wasm';
  const stripped = Buffer.concat([
    bytes.subarray(0, firstDebugSection(bytes)),
    section('external_debug_info', Buffer.concat([Buffer.from([url.length]), Buffer.from(url)])),
  ]);
  const input = join(inner, 'ledger.wasm');
  writeFileSync(input, stripped);
  const { map, stderr } = built(input);
  expect(stderr).toBe('');
  expect(map.sources.map((source) => basename(source!)).sort()).toEqual(['ledger.c', 'ledger.h']);
});

/** Where the first section of DWARF begins. */
function firstDebugSection(bytes: Buffer): number {
  let at = 8;
  for (;;) {
    let [pos, size, shift, byte] = [at + 1, 0, 0, 0];
    do {
      byte = bytes[pos++]!;
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    if (bytes[at] === 0 && bytes.subarray(pos + 1, pos + 8).toString() === '.debug_') return at;
    at = pos + size;
  }
}

test('broken DWARF is told, and never stops a build', async () => {
  const bytes = readFileSync(fixture('ledger-5.wasm'));
  const at = bytes.indexOf('.debug_line') + '.debug_line'.length;
  bytes.fill(0xff, at, at + 12);
  const output = join(folder, 'broken.mjs');
  const { notes, files } = await build({ input: bytes, output, sourceMap: 'external' });
  expect(notes).toEqual([expect.stringMatching(/^module: its DWARF is malformed: /)]);
  expect(files).toEqual([output, join(folder, 'broken.d.mts'), `${output}.map`, `${output}.wat`]);
});

test.each(['esm', 'cjs', 'iife'] as const)('into the script, as %s', async (format) => {
  const output = join(folder, `inline-${format}.js`);
  const { files } = await build({
    input: fixture('ledger-5.wasm'),
    output,
    format,
    sourceMap: 'inline',
    sourcesContent: true,
    dts: false,
  });
  expect(files).toEqual([output]);
  const script = readFileSync(output, 'utf8');
  const [, base64] =
    /\n\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\n$/.exec(script)!;
  const map = new TraceMap(Buffer.from(base64!, 'base64').toString(), `file://${output}`);
  const lines = script.split('\n');
  const line = lines.findIndex((text) => text.startsWith('function $check('));
  const trap = lines.findIndex((text, i) => i >= line && text.includes('unreachable'));
  const position = originalPositionFor(map, {
    line: trap + 1,
    column: lines[trap]!.indexOf('throw'),
  });
  expect(position).toMatchObject({
    line: lineOf('ledger.c', '__builtin_trap'),
    column: 4,
    name: null,
  });
  expect(originalPositionFor(map, { line: line + 1, column: 9 }).name).toBe('check');
  expect(sourceContentFor(map, position.source!)).toBe(readFileSync(fixture('ledger.c'), 'utf8'));
});

test('what wasm-opt rewrites keeps its lines', () => {
  for (const input of ['ledger-4.wasm', 'emscripten.wasm']) {
    const { output, stderr } = built(fixture(input), '-O2');
    expect(stderr).toBe('');
    const traps = TRAPS.slice(0, 3);
    const traces = traced([process.execPath], output, traps);
    traps.forEach(({ frames }, i) => {
      const [source, text] = frames[0]!;
      expect(traces[i]).toContain(`${fixture(source)}:${lineOf(source, text)}:`);
    });
  }
});

test('standard output takes a map in the script only', () => {
  const input = fixture('ledger-5.wasm');
  const refused = wasm2js(['build', input, '-o', '-', '--source-map']);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'wasm2js: error: --source-map needs an output file to stand beside: use --source-map=inline\n',
  ]);
  const { stdout } = execute(process.execPath, [
    command,
    'build',
    input,
    '-o',
    '-',
    '--source-map=inline',
  ]);
  expect(stdout).toMatch(/\/\/# sourceMappingURL=data:[^\n]+\n$/);
});

test('inspect tells what there is', () => {
  const { stdout } = wasm2js(['inspect', fixture('ledger-5.wasm')]);
  expect(stdout).toContain('debugging:\n  names of 7 functions\n  DWARF, ');
  expect(stdout).toContain(': 2 sources (ledger.c, ledger.h), 4 inlined calls\n');
  const { stdout: mapped } = wasm2js(['inspect', fixture('emscripten.wasm')]);
  expect(mapped).toContain('source map http://localhost:8080/emscripten.wasm.map\n');
});

test.each(['sync', 'await'] as const)(
  'of a hybrid build, the script with the functions has the map: %s',
  async (load) => {
    const output = join(folder, `hybrid${outputs++}.mjs`);
    const { files } = await build({
      input: fixture('ledger-5.wasm'),
      output,
      hybrid: { load },
      sourceMap: 'external',
    });
    const mapFile = files.find((file) => file.endsWith('.map'))!;
    const script = readFileSync(mapFile.replace(/\.map$/, ''), 'utf8');
    expect(script).toContain(`//# sourceMappingURL=${basename(mapFile)}\n`);
    const lines = script.split('\n');
    const heads: string[] = [];
    eachMapping(new TraceMap(readFileSync(mapFile, 'utf8')), (mapping) => {
      const text = lines[mapping.generatedLine - 1]!.slice(mapping.generatedColumn);
      if (text.startsWith('function '))
        heads.push(`${text.slice(10, text.indexOf('('))}:${mapping.name}`);
    });
    expect(heads).toEqual(expect.arrayContaining(['sum:sum', 'share:share', 'deep:deep']));
  },
);
