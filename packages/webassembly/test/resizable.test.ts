/** Resizable buffers of memories, side by side with Node 26, the first that has them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from '@bytecodealliance/jco';
import { expect, test } from 'vitest';
import { execute, repository, temporaryFolder, writeInputs } from '../../cli/test/cli.js';

const node26 = join(repository, 'hosts/node_modules/node-26/bin/node');
const at = (path: string) => pathToFileURL(join(repository, 'packages/webassembly', path)).href;

test.skipIf(!existsSync(node26))(
  'memories have the buffers that those of Node 26 have',
  async () => {
    const place = temporaryFolder();
    const bytes = await parse(`(module (import "m" "m" (memory 1 3))
    (func (export "size") (result i32) memory.size)
    (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
    (func (export "get") (param i32) (result i32) local.get 0 i32.load8_u)
    (func (export "set") (param i32 i32) local.get 0 local.get 1 i32.store8))`);
    writeInputs(place, {
      'm.wasm': bytes,
      'main.mjs': `import { readFileSync } from 'node:fs';
      import { createWebAssembly } from '${at('dist/index.js')}';
      import { createCompiler } from '${at('dist/compiler.js')}';
      import { outcomes } from '${at('test/resizable.mjs')}';
      const bytes = readFileSync(new URL('m.wasm', import.meta.url));
      const own = outcomes(WebAssembly, bytes);
      const beside = outcomes(createWebAssembly({ compiler: createCompiler() }), bytes);
      delete globalThis.WebAssembly;
      const alone = outcomes(createWebAssembly({ compiler: createCompiler() }), bytes);
      console.log(JSON.stringify([own, beside, alone]));`,
    });
    const { stdout, stderr } = execute(node26, ['main.mjs'], { cwd: place });
    expect(stderr).toBe('');
    const [own, beside, alone] = JSON.parse(stdout);
    expect(own.length).toBeGreaterThan(70);
    expect(beside).toEqual(own);
    expect(alone).toEqual(own);
  },
);
