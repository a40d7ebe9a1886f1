/** A service of wasi:http in Rust (fixtures/http-rust), whose standard library comes over jco's adapter of preview 1. */
import { beforeAll, describe, expect, test } from 'vitest';
import { execute, wasm2js } from '../../cli/test/cli.js';
import { adapted, beside, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();

/** What a script says that asks the service, built as a module with its WASI inside. */
const asked = (script: string, execArgv: string[] = []): unknown => {
  const program = written(
    folder,
    'ask.mjs',
    `import { handle } from './service.mjs';
const text = ({ body }) => Buffer.from(body).toString();
const refused = (call) => { try { call(); return 'none'; } catch (error) { return error.name; } };
console.log(JSON.stringify(${script}));`,
  );
  const { code, stdout, stderr } = execute(process.execPath, [...execArgv, program]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

describe('a service in Rust', () => {
  beforeAll(async () => {
    const bytes = await adapted(beside('fixtures/http-rust.wasm'), 'reactor');
    const { code, stderr } = wasm2js([
      ...['build', written(folder, 'service.wasm', bytes)],
      ...['-o', `${folder}/service.mjs`, '--wasi', 'bundle'],
    ]);
    expect([code, stderr]).toEqual([0, '']);
  }, 120_000);

  const words = `text(handle({ method: 'POST', path: '/words', body: 'b a b' }))`;

  test('answers what it is asked', () => {
    expect(asked(words)).toBe('a 1\nb 2\n');
    expect(asked(`text(handle({ path: '/headers', headers: [['x', 'y'], ['Host', 'z']] }))`)).toBe(
      'x=y\n',
    );
    expect(asked(`handle({ path: '/elsewhere' }).status`)).toBe(404);
    expect(asked(`text(handle({ path: '/words', body: 'w '.repeat(1e5) }))`)).toBe('w 100000\n');
  });

  test('has no files that it is not given', () => {
    expect(asked(`text(handle({ path: '/files' }))`)).toMatch(/^Err\(/);
  });

  test('panics, and the next instance answers', () => {
    const script = `[refused(() => handle({ path: '/panic' }, { stderr: () => {} })), ${words}]`;
    expect(asked(script)).toEqual(['RuntimeError', 'a 1\nb 2\n']);
  });

  test('without a JIT and without WebAssembly', () => {
    expect(asked(words, ['--jitless'])).toBe('a 1\nb 2\n');
  });
});
