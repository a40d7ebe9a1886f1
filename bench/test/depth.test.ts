/** How deep the recursion kernels go against the host's own WebAssembly, in code that nothing has optimised. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../depth/', import.meta.url));

/** Least ratios: the bar is 0.6; native goes deeper in `interpreter` where it was compiled anew meanwhile. */
const LEAST: Record<string, number> = {
  small: 0.6,
  fib: 0.6,
  ackermann: 0.6,
  mid: 0.6,
  indirect: 0.6,
  mutual: 0.6,
  host: 0.6,
  interpreter: 0.45,
};

test('an interpreter with products of 64 bits, floats and calls has five variables', () => {
  const wasm = readFileSync(join(folder, 'kernels.wasm'));
  const options = { format: 'esm', names: 'keep', data: 'inline' } as const;
  const text = compile(decodeModule(wasm), options).chunks.join('');
  const [, variables] = /function \$interp\(a,b\)\{[^{}]*?var ([^\n]*)/.exec(text)!;
  expect(variables!.split(',').length).toBeLessThanOrEqual(5);
});

test('recursion kernels go as deep, cold, as they should', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'depth-'));
  try {
    const wasm = join(folder, 'kernels.wasm');
    const script = join(temporary, 'kernels.mjs');
    writeFileSync(
      script,
      compile(decodeModule(readFileSync(wasm)), {
        format: 'esm',
        names: 'keep',
        data: 'inline',
      }).chunks.join(''),
    );
    const probe = (...args: string[]): Record<string, { cold: number }> =>
      JSON.parse(
        execFileSync(process.execPath, [join(folder, 'probe.mjs'), ...args], {
          encoding: 'utf8',
          env: { ...process.env, DEPTH_COLD: '1' },
        }),
      );
    const native = probe('native', wasm);
    const ours = probe('ours', script);
    expect(Object.keys(ours).sort()).toEqual(Object.keys(LEAST).sort());
    for (const [name, least] of Object.entries(LEAST))
      expect(ours[name]!.cold / native[name]!.cold, name).toBeGreaterThan(least);
  } finally {
    rmSync(temporary, { recursive: true });
  }
});
