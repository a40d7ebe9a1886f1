import asc from 'assemblyscript/asc';
import { show } from '../sample.mjs';

// The compiler is JavaScript, what optimises and writes (binaryen) WebAssembly.
const { binary, text, error, stderr } = await asc.compileString(
  `export function fib(n: i32): i64 { let a: i64 = 0, b: i64 = 1; for (let i = 0; i < n; ++i) { const t = a + b; a = b; b = t; } return a; }
   export function sum(s: string): f64 { let x: f64 = 0; for (let i = 0; i < s.length; i++) x += Math.sqrt(<f64>s.charCodeAt(i)); return x; }
   class Node { constructor(public left: Node | null, public value: i32) {} }
   export function depth(n: i32): i32 { let node: Node | null = null; for (let i = 0; i < n; i++) node = new Node(node, i); let d = 0; while (node) { d += node.value; node = node.left; } return d; }`,
  { optimizeLevel: 2, runtime: 'incremental' },
);
show('error', error?.message ?? null);
show('messages', stderr.toString());
show('binary', binary);
show('text', text);
const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(binary), {
  env: { abort() {} },
});
show('fib', String(exports.fib(90)));
show('depth', exports.depth(1000));
