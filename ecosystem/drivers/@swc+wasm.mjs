import swc from '@swc/wasm';
import { fails, show } from '../sample.mjs';

const source = `enum E { A = 1, B = A << 2 }
export class C<T> { #x?: T; constructor(readonly y: number) {} get z() { return this.#x ?? this.y ** 2; } }
export const f = async (...a: number[]): Promise<E> => (a?.[0] ?? E.B) as E;`;
for (const target of ['es5', 'es2020']) {
  const { code } = swc.transformSync(source, {
    filename: 'a.ts',
    jsc: { parser: { syntax: 'typescript' }, target },
    sourceMaps: false,
  });
  show(target, code);
}
show(
  'minified',
  swc.minifySync('function long(name) { const unused = 1; return name + name * 2 + (() => 3)() }', {
    compress: true,
    mangle: true,
  }).code,
);
await fails('error', () => swc.parseSync('let = = 1', { syntax: 'ecmascript' }));
