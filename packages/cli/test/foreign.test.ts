/** Inputs that are no modules: one line says what they are and what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { assemble } from '../src/wat.js';
import { temporaryFolder, wasm2js } from './cli.js';
import { add } from './programs.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const latin1 = (value: string): Uint8Array => Buffer.from(value, 'latin1');
const module = await assemble(text(add), 'add.wat');

/** The first block of a tar archive that holds one file. */
const tar = (name: string): Uint8Array => {
  const block = Buffer.alloc(1024);
  block.write(name, 0);
  block.write('ustar\0', 257);
  return block;
};

/** An object file as clang writes one: its memory is imported, nothing is exported. */
const object = (exports: string): Promise<Uint8Array> =>
  assemble(
    text(`(module (import "env" "__linear_memory" (memory 0)) (func ${exports})
      (@custom "linking" "\\02"))`),
    'x.wat',
  );

const cases: [string, Uint8Array, RegExp][] = [
  ['old.wasm', latin1('\0asm\x0c\0\0\0'), /binary of version 12.*present tools/],
  ['other.wasm', latin1('\0asm\x01\0\x07\0'), /binary of version 1 of layer 7/],
  ['a.wasm.gz', gzipSync(module), /gzip: inside is a module: unpack it first \(gunzip\)/],
  [
    'a.tgz',
    gzipSync(tar('package/package.json')),
    /gzip.*tar archive \(an npm package\?\).*tar xzf/,
  ],
  ['cut.gz', gzipSync(module).subarray(0, 20), /compressed by gzip/],
  ['large.gz', gzipSync(Buffer.concat([module, Buffer.alloc(30_000_000)])), /compressed by gzip/],
  ['a.tar', tar('x'), /a tar archive: unpack it/],
  ['a.br', brotliCompressSync(module), /brotli: inside is a module/],
  ['a.zz', deflateSync(module), /zlib: inside is a module/],
  ['a.zst', latin1('\x28\xb5\x2f\xfd\x24\0'), /zstd.*unzstd/],
  ['a.xz', latin1('\xfd7zXZ\0\0'), /xz.*unxz/],
  ['a.bz2', latin1('BZh91AY\x01'), /bzip2/],
  ['a.zip', latin1('PK\x03\x04\x14\0'), /a zip archive: unpack it and give the \.wasm/],
  ['a.7z', latin1('7z\xbc\xaf\x27\x1c\0'), /7z/],
  ['elf', latin1('\x7fELF\x02\x01\x01\0'), /ELF.*link it for WebAssembly/],
  ['a.cwasm', latin1('\x7fELF\x02\x01\x01\0.....wasmtime.engine\0'), /Wasmtime/],
  ['macho', latin1('\xcf\xfa\xed\xfe\x07\0'), /Mach-O/],
  ['fat', latin1('\xca\xfe\xba\xbe\0\0\0\x02'), /Mach-O/],
  ['A.class', latin1('\xca\xfe\xba\xbe\0\0\0\x41'), /a Java class/],
  ['a.exe', latin1('MZ\x90\0\x03\0'), /Windows/],
  ['a.bc', latin1('BC\xc0\xde\x35\x14'), /LLVM bitcode/],
  ['wrapped.bc', latin1('\xde\xc0\x17\x0b\0\0'), /LLVM bitcode/],
  ['a.a', latin1('!<arch>\n/               0'), /archive of object files.*wasm-ld/],
  ['a.aot', latin1('\0aot\x03\0\0\0'), /WAMR/],
  ['page.wasm', text('<!DOCTYPE html><html><title>404'), /a web page: the download went wrong/],
  ['page2.wasm', text('\ufeff\n <html lang="en">'), /a web page/],
  ['a.svg', text('<svg xmlns="x"></svg>'), /XML/],
  ['a.json', text('{"a": [1]}'), /JSON/],
  ['b.json', text('[]'), /JSON/],
  [
    'pointer.wasm',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
    /git lfs pull/,
  ],
  ['a.b64', text(Buffer.from(module).toString('base64')), /base64 text: decode it/],
  ['b.b64', text(Buffer.from(gzipSync(module)).toString('base64')), /gzip file as base64/],
  ['url', text('data:application/wasm;base64,AGFzbQEAAAA='), /data: URL/],
  ['a.hex', text('0061736d01000000'), /hexadecimal/],
  ['xxd', text('00000000: 0061 736d 0100 0000  .asm....\n'), /hexadecimal/],
  ['bytes', text('0x00, 0x61, 0x73, 0x6d, 0x01'), /hexadecimal/],
  [
    'a.js',
    text('"use strict";\nvar Module = {};\n'),
    /JavaScript: give the \.wasm file that it loads/,
  ],
  ['b.js', text('(function () { return 1 })();\n'), /JavaScript/],
  ['c.js', text('import x from "./x.js";\n'), /JavaScript/],
  ['a.c', text('#include <stdio.h>\nint main(void) { return 0; }\n'), /C or C\+\+: compile/],
  ['a.rs', text('fn main() { println!("x"); }\n'), /Rust: compile/],
  ['a.wit', text('// x\npackage a:b;\nworld w {}\n'), /interface \(WIT\)/],
  ['le.wat', Buffer.from('\ufeff(module)', 'utf16le'), /UTF-16 text: save it as UTF-8/],
  ['be.wat', Buffer.from('\ufeff(module)', 'utf16le').swap16(), /UTF-16/],
  ['bare.wat', Buffer.from('(module)', 'utf16le'), /UTF-16/],
  ['empty.wasm', new Uint8Array(), /the input is empty/],
  ['spaces.wasm', text(' \n'), /white space/],
  ['zeros.wasm', new Uint8Array(64), /nothing but zero bytes/],
  ['prose', text('Not found\n'), /text, and no WebAssembly text/],
  ['bytes.bin', latin1('\x01\x02\x03\x04\x05'), /no WebAssembly.*01 02 03 04/],
  [
    'tests.wast',
    text('(module)\n(assert_return (invoke "f"))'),
    /a script of tests, not one module/,
  ],
  ['latin1.wat', latin1('(module (; \xe9 ;))'), /not UTF-8/],
  ['wrong.wat', text('module)'), /^wrong\.wat:1:1: /],
  [
    'mangled.wasm',
    text(new TextDecoder().decode(Buffer.concat([module, Buffer.alloc(300, 0xf1)]))),
    /malformed module: .*read as text once/,
  ],
  ['cut.wasm', module.subarray(0, 6), /malformed module: /],
];

beforeAll(async () => {
  for (const [name, bytes] of cases) writeFileSync(at(name), bytes);
  writeFileSync(at('object.o'), await object(''));
  writeFileSync(at('linked.wasm'), await object('(export "f")'));
});

describe('one line says what it is', () => {
  test.each(cases)('%s', async (name, bytes, message) => {
    // Of bytes alone it is not known that they should be text.
    const inputs = name === 'wrong.wat' ? [at(name)] : [at(name), bytes];
    for (const input of inputs) {
      const error = await build({ input, output: at('out.mjs') }).catch((thrown) => thrown);
      const line = error.message.replace(`${folder}/`, '');
      expect([error.name, error.exitCode, line]).toEqual([
        'CliError',
        1,
        expect.stringMatching(message),
      ]);
      expect(line).not.toContain('\n');
    }
  });

  test.each(['build', 'run', 'validate', 'inspect', 'bench'])('in %s', (verb) => {
    const args = verb === 'build' ? ['a.wasm.gz', '-o', 'out.mjs'] : ['a.wasm.gz'];
    expect(wasm2js([verb, ...args], { cwd: folder })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'wasm2js: error: a.wasm.gz: this is compressed by gzip: inside is a module: unpack it first (gunzip)\n',
    });
  });
});

test('an object file is to be linked; one that is linked and keeps its sections is built', async () => {
  const building = build({ input: at('object.o'), output: at('out.mjs') });
  await expect(building).rejects.toThrow(/object\.o: this is an object file: link it first/);
  await build({ input: at('linked.wasm'), output: at('linked.mjs') });
});

test('what begins with a byte order mark, or is called .wat, is built', async () => {
  await build({ input: text(`\ufeff${add}`), output: at('mark.mjs') });
  writeFileSync(at('binary.wat'), module);
  await build({ input: at('binary.wat'), output: at('binary.mjs') });
  await build({ input: text(`(; a => b ;) ${add}`), output: at('comment.mjs') });
  await build({ input: text(`;; function ()\n${add}`), output: at('comment.mjs') });
});
