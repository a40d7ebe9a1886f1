/** Programs of languages whose objects the host collects (Java by TeaVM, Kotlin/Wasm) print what they print as WebAssembly. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../src/index.js';
import { assemble } from '../src/wat.js';
import { repository, temporaryFolder } from './cli.js';
import { describeHosts } from './hosts.js';

const programs = ['ledger', 'machine'];
const folder = temporaryFolder();
const file = (program: string, name: string): string => join(repository, 'examples', program, name);
const printed = (program: string) => ({
  code: 0,
  stdout: readFileSync(file(program, 'expected.txt'), 'utf8'),
  stderr: '',
});

beforeAll(async () => {
  for (const program of programs) {
    const input = file(program, `${program}.wasm`);
    await build({ input, output: join(folder, `${program}.mjs`), dts: false });
  }
});

/** Hosts whose own WebAssembly has all that the modules use. */
const OWN = ['Node 26'];

/** References and exceptions of the host's own WebAssembly and of ours, each in the other. */
const MIXED = `(module
  (import "host" "f" (func $f (param externref) (result externref)))
  (import "host" "js" (tag $js (param externref)))
  (type $s (sub (struct (field (mut i32)))))
  (tag $own (param i32))
  (func (export "make") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
  (func (export "read") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
  (func (export "pass") (param anyref) (result anyref) (local.get 0))
  (func (export "is") (param anyref) (result i32) (ref.test (ref $s) (local.get 0)))
  (func (export "eq") (param anyref) (result i32) (ref.test (ref eq) (local.get 0)))
  (func (export "caught") (param externref) (result i32 externref)
    (block $js (result externref)
      (block $all
        (block $own (result i32)
          (try_table (catch $own $own) (catch $js $js) (catch_all $all) (drop (call $f (local.get 0))))
          (return (i32.const 0) (ref.null extern)))
        drop (return (i32.const 1) (ref.null extern)))
      (return (i32.const 2) (ref.null extern)))
    (local.set 0) (i32.const 3) (local.get 0)))`;
const MIX = `
  import { readFileSync } from 'node:fs';
  import { instantiate } from './mixed.mjs';
  let f = (x) => x;
  const host = (js) => ({ host: { f: (x) => f(x), js } });
  const ours = instantiate(host(instantiate.JSTag));
  const module = new WebAssembly.Module(readFileSync(new URL('mixed.wasm', import.meta.url)));
  const theirs = new WebAssembly.Instance(module, host(WebAssembly.JSTag)).exports;
  for (const [a, b] of [[ours, theirs], [theirs, ours]]) {
    const object = b.make(7);
    let error;
    try { a.read(object); } catch (e) { error = e.constructor.name; }
    console.log(a.pass(object) === object, a.is(object), a.eq(object), error, b.read(a.pass(object)));
  }
  f = (x) => { throw x; };
  const { Tag, Exception } = WebAssembly;
  const thrown = new Exception(new Tag({ parameters: ['i32'] }), [5]);
  console.log(ours.caught(thrown)[0], ours.caught(thrown)[1] === thrown, theirs.caught(thrown)[0]);
  const own = new instantiate.Exception(new instantiate.Tag({ parameters: ['i32'] }), [5]);
  console.log(theirs.caught(own)[0], theirs.caught(own)[1] === own, ours.caught(own)[0]);
`;

describeHosts('a program of managed objects', (host) => {
  test.each(programs)('%s', (program) => {
    const built = join(folder, `${program}.mjs`);
    expect(host.run(file(program, 'run.mjs'), [built])).toEqual(printed(program));
  });
  if (!OWN.includes(host.name)) return;
  test.each(programs)('%s by the host’s own WebAssembly', (program) => {
    const wasm = file(program, `${program}.wasm`);
    expect(host.run(file(program, 'run.mjs'), [wasm])).toEqual(printed(program));
  });
  test('what the host’s own WebAssembly makes is opaque, and comes back as it was', async () => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('mixed.wasm'), await assemble(new TextEncoder().encode(MIXED), 'mixed.wat'));
    await build({ input: at('mixed.wasm'), output: at('mixed.mjs'), dts: false });
    writeFileSync(at('mix.mjs'), MIX);
    const object = 'true 0 0 TypeError 7\n';
    const stdout = `${object}${object}3 true 2\n3 true 2\n`;
    expect(host.run(at('mix.mjs'), [])).toEqual({ code: 0, stdout, stderr: '' });
  });
});
