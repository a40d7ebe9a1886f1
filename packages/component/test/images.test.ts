/** Components in images, in every form of these and by every command that takes images. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, command, execute, wasm2js } from '../../cli/test/cli.js';
import {
  archive,
  archiveOf,
  type Blob,
  dockerArchive,
  image,
  layer,
  layoutFiles,
  tar,
  writeFolder,
} from '../../oci/test/images.js';
import { adapted, beside, embedded, temporaryFolder, written } from './fixtures.js';

const folder = temporaryFolder();
const config = {
  Entrypoint: ['/app.wasm', 'hello.txt'],
  Env: ['GREETING=good day', '__proto__=none'],
  WorkingDir: '/data',
};
const PRINTED = /variable GREETING=good day\n.*hello\.txt: hello from the image\n$/s;

let show: Uint8Array;
/** Paths and names of images by their form. */
const images: Record<string, string> = {};

const entriesOf = (bytes: Uint8Array) => [
  { path: 'app.wasm', content: bytes },
  { path: 'data/hello.txt', content: 'hello from the image\n' },
];

/** An artifact of the CNCF: a layer that is the component, one with its files where `files` says so. */
const artifact = (bytes: Uint8Array, name: string): string => {
  const component: Blob = { mediaType: 'application/wasm', bytes };
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const settings: Blob = {
    mediaType: 'application/vnd.wasm.config.v0+json',
    bytes: Buffer.from(
      JSON.stringify({ os: 'wasip2', architecture: 'wasm', layerDigests: [digest] }),
    ),
  };
  const made = image({ layers: [component], configType: settings.mediaType });
  const manifest = JSON.parse(Buffer.from(made.manifest.bytes).toString());
  const hash = createHash('sha256').update(settings.bytes).digest('hex');
  manifest.config = {
    mediaType: settings.mediaType,
    digest: `sha256:${hash}`,
    size: settings.bytes.length,
  };
  const changed = { ...made.manifest, bytes: Buffer.from(JSON.stringify(manifest)) };
  return writeFolder(join(folder, name), layoutFiles([changed], [component, settings]));
};

beforeAll(async () => {
  show = await adapted(beside('../../oci/test/fixtures/show.wasm'), 'command');
  const layers = [layer(entriesOf(show))];
  const { manifest, blobs } = image({ layers, config, os: 'linux', architecture: 'amd64' });
  manifest.annotations = { 'module.wasm.image/variant': 'compat-smart' };
  mkdirSync(join(folder, 'layout'));
  Object.assign(images, {
    'OCI archive': written(folder, 'oci.tar', archive({ layers, config })),
    'platform wasip2': written(folder, 'wasip2.tar', archive({ layers, config, os: 'wasip2' })),
    'OCI layout': writeFolder(join(folder, 'layout'), layoutFiles([manifest], blobs)),
    'docker save': written(
      folder,
      'docker.tar',
      archiveOf(dockerArchive([tar(entriesOf(show))], config)),
    ),
  });
});

const FORMS = ['OCI archive', 'platform wasip2', 'OCI layout', 'docker save'];

test.each(FORMS)('%s: run with arguments, variables and files', (form) => {
  const ran = wasm2js(['run', images[form]!]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(PRINTED);
});

test('inspect and validate read it', () => {
  const { stdout } = wasm2js(['inspect', images['OCI archive']!]);
  for (const line of [
    /^image sha256:[0-9a-f]{64}$/m,
    /^ {2}environment +GREETING=good day$/m,
    /: component, \d+ bytes\nfor: a command \(run\)$/m,
    /^ {2}wasi:cli\/run@0\.2\.\d+$/m,
    /^ {2}component\.core\.wasm {2}\d+ bytes, \d+ functions; /m,
  ])
    expect(stdout).toMatch(line);
  const told = JSON.parse(wasm2js(['inspect', images['docker save']!, '--json']).stdout);
  expect(told).toMatchObject({ component: true, image: { form: 'image' } });
  expect(told.imports).toContainEqual(expect.stringMatching(/^wasi:filesystem\/types@0\.2\.\d+$/));
  expect(wasm2js(['validate', images['OCI layout']!])).toMatchObject({ code: 0, stderr: '' });
});

test('build: the script has all of it', () => {
  const script = join(folder, 'show.mjs');
  expect(wasm2js(['build', images['OCI archive']!, '-o', script]).code).toBe(0);
  const plain = execute(process.execPath, [script]);
  expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(PRINTED), stderr: '' });
  const more = execute(process.execPath, [script, 'write=hello.txt', 'hello.txt', 'exit=1']);
  expect(more.code).toBe(1);
  expect(more.stdout).toContain('hello.txt: written\n');
});

test('bench runs it by wasm2js and by the engine, with equal output', () => {
  const { code, stdout } = wasm2js(['bench', images['docker save']!, '--rounds', '1', '--json']);
  const { contenders } = JSON.parse(stdout);
  expect(contenders.length).toBeGreaterThanOrEqual(2);
  for (const { problem, run } of contenders) {
    expect(problem).toBe(undefined);
    expect(run.median).toBeGreaterThan(0);
  }
  expect(code).toBe(0);
  expect(wasm2js(['bench', images['docker save']!, '--invoke', 'run']).code).toBe(2);
});

test('an image is made of one, whose module for WebAssembly is the component', () => {
  const output = join(folder, 'made.tar');
  const made = wasm2js(['image', images['OCI archive']!, '-o', output, '--platform', 'wasi/wasm']);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(wasm2js(['run', output]).stdout).toMatch(PRINTED);
});

test('of an artifact, which has no files', () => {
  const { code, stdout } = wasm2js(['run', artifact(show, 'artifact'), '--', 'exit=1', 'x=y']);
  expect(stdout).toMatch(/^argument app\.wasm\nargument exit=1\n/m);
  expect(code).toBe(1);
});

test('what is no component in spite of its header is refused in one line', () => {
  const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0xff);
  const input = written(folder, 'broken.tar', archive({ layers: [layer(entriesOf(bytes))] }));
  for (const name of ['run', 'inspect', 'serve'])
    expect(wasm2js([name, input])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^wasm2js: error: [^\n]*broken\.tar: [^\n]+\n$/),
    });
});

describe('served', () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const handler = await embedded('http');
    const commands = await adapted(beside('../../cli/test/fixtures/wagi/probe.wasm'), 'command');
    const input = (name: string, bytes: Uint8Array) =>
      written(folder, name, archive({ layers: [layer(entriesOf(bytes))], config }));
    const args = [
      ...['serve', input('handler.tar', handler), '--port', '0', '--concurrency', '2'],
      ...['--route', `/cgi/...=${input('command.tar', commands)}`],
      ...['--route', `/artifact=${artifact(handler, 'handler-artifact')}`],
    ];
    child = spawn(process.execPath, [command, ...args], { env: cleanEnv(), stdio: 'pipe' });
    child.stdout!.resume();
    let said = '';
    url = await new Promise<string>((done, fail) => {
      child.stderr!.on('data', (chunk) => {
        said += chunk;
        const [found] = /http:\S+/.exec(said) ?? [];
        if (found) done(found);
      });
      child.on('exit', () => fail(new Error(said)));
    });
  }, 120_000);
  afterAll(() => void child.kill());

  const get = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(new URL(path, url));
    return [answer.status, await answer.text()];
  };

  test('a handler answers', async () => {
    expect(await get('/hello')).toEqual([200, 'hello\n']);
    expect((await get('/artifact'))[0]).toBe(404);
  });

  test('a command of WASI 0.2 answers as CGI programs do, with the variables of its image', async () => {
    const [status, text] = await get('/cgi/env?a=b');
    expect(status).toBe(200);
    expect(text).toMatch(/^GREETING=good day$/m);
    expect(text).toMatch(/^QUERY_STRING=a=b$/m);
  });
});
