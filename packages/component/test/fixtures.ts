/** Components for tests, made of our core modules by jco. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  componentEmbed,
  componentNew,
  parse,
  preview1AdapterCommandPath,
  preview1AdapterReactorPath,
} from '@bytecodealliance/jco';
import { afterAll } from 'vitest';

/** The path of a file beside this one. */
export const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A folder that is gone when the tests are. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'component-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A preview 1 program as a component, by the adapter that jco ships. */
export const adapted = async (path: string, kind: 'command' | 'reactor'): Promise<Uint8Array> => {
  const adapter = kind === 'command' ? preview1AdapterCommandPath() : preview1AdapterReactorPath();
  return componentNew(readFileSync(path), [['wasi_snapshot_preview1', readFileSync(adapter)]]);
};

/**
 * The component of `fixtures/NAME.wit` and `fixtures/NAME.wat`, or NAME.wasm, which build.mjs makes of NAME.c.
 * @param world whose `.wit` it is, if not its own
 */
export const embedded = async (name: string, world = name): Promise<Uint8Array> => {
  const text = (extension: string, file = name): string =>
    readFileSync(beside(`fixtures/${file}.${extension}`), 'utf8');
  const compiled = beside(`fixtures/${name}.wasm`);
  const binary = existsSync(compiled) ? readFileSync(compiled) : await parse(text('wat'));
  const witSource = text('wit', world);
  return componentNew(await componentEmbed({ binary, witSource, stringEncoding: 'utf8' }), []);
};

/** Writes bytes into a folder; returns the path. */
export const written = (folder: string, name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
