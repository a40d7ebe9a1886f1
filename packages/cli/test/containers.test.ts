/**
 * Images that `image` makes, as other tools take them, and run: by podman and crun on this processor, by qemu-user on others.
 * What is not installed, or what this machine does not let containers do, is skipped and says so.
 */

import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedNodes, nodeBase } from '../../oci/test/node-base.js';
import { CERTIFICATE, Registry } from '../../oci/test/registry.js';
import { cleanEnv, execute, type Outcome, repository, temporaryFolder, wasm2js } from './cli.js';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const show = join(repository, 'packages/oci/test/fixtures/show.wasm');

const installed = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
/** A title with what it needs and this machine has not. */
const titled = (title: string, needs: readonly string[]): string =>
  needs.length === 0 ? title : `${title} [needs ${needs.join(', ')}]`;
const missing = (...programs: string[]): string[] => programs.filter((name) => !installed(name));

const nodes = installedNodes().map(({ architecture }) => architecture);
const noNode = nodes.includes('amd64') ? [] : ['npm run hosts on x64'];

/** Runs a program that must do well. */
const done = (file: string, ...args: string[]): Outcome => {
  const outcome = execute(file, args);
  if (outcome.code !== 0) throw new Error(`${file} ${args.join(' ')}: ${outcome.stderr}`);
  return outcome;
};

/** What the program prints, but for variables, of which a container has its own. */
const printed = (text: string): string[] =>
  text.split('\n').filter((line) => !line.startsWith('variable '));

/** A base that is nothing but small: a program of no processor's, for linux/amd64. */
const small = join(repository, 'packages/oci/test/fixtures/native.tar');
/** The program in an image of its own with files, as the tests of packages/oci have it. */
const input = join(repository, 'packages/oci/test/fixtures/show-oci.tar');

/** What the program prints by `run`. */
const native = (): string[] => printed(wasm2js(['run', input]).stdout);

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });

/** Waits until somebody answers. */
const answers = async (url: string): Promise<void> => {
  for (let i = 0; i < 100; i++) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  throw new Error(`${url} does not answer`);
};

const noCompiler = missing('cc');
test.skipIf(noCompiler.length > 0)(
  titled('the program prints what it prints as a native one', noCompiler),
  () => {
    const program = at('show');
    done('cc', '-o', program, join(repository, 'packages/oci/test/fixtures/show.c'));
    writeFileSync(at('hello.txt'), 'hello from the image\n');
    const outcome = execute(program, ['hello.txt'], { cwd: folder });
    const [name, ...rest] = native();
    expect(name).toBe('argument /app.wasm');
    expect(printed(outcome.stdout).slice(1)).toEqual(rest);
  },
);

describe('image', () => {
  beforeAll(() => {
    const made = wasm2js(['image', input, '-o', at('one.oci'), '--base', small, '--label', 'a=b']);
    expect(made.code, made.stderr).toBe(0);
  });

  test('two are the same; a time changes them; the archive holds the same image', () => {
    const digest = (args: string[], env = {}): string => {
      const { code, stdout, stderr } = wasm2js(
        [
          'image',
          show,
          '--platform',
          'linux/amd64',
          '--platform',
          'wasi/wasm',
          '--base',
          small,
          ...args,
        ],
        { env },
      );
      expect(code, stderr).toBe(0);
      return /sha256:[0-9a-f]{64}/.exec(stdout)![0];
    };
    const first = digest(['-o', at('first.oci')]);
    expect(digest(['-o', at('two.tar')])).toBe(first);
    expect(digest(['-o', at('first.oci')], { SOURCE_DATE_EPOCH: '1700000000' })).not.toBe(first);
    const { image } = JSON.parse(wasm2js(['inspect', at('two.tar'), '--json']).stdout);
    expect(image.platforms).toEqual(['linux/amd64', 'wasi/wasm']);
  });

  test('what cannot be made is one line', () => {
    const cases: [string[], number, RegExp][] = [
      [[show], 2, /image needs -o OUT, --push REFERENCE, or both/],
      [[show, '-o', at('x'), '--label', 'a'], 2, /--label takes NAME=VALUE/],
      [
        [show, '-o', at('x'), '--platform', 'linux/sparc', '--base', small],
        1,
        /is not for linux\/sparc/,
      ],
      [[show, '-o', at('x'), '--base', at('none')], 1, /no such file/],
      [[show, '-o', at('x'), '--push', 'A/B'], 2, /no name of a repository/],
      [[join(repository, 'bench/kernels/wasm/fib.wasm'), '-o', at('x')], 1, /not a WASI command/],
      [[show, '-o', show], 2, /would overwrite the input/],
    ];
    for (const [args, code, text] of cases) {
      const outcome = wasm2js(['image', ...args]);
      expect(outcome.stderr).toMatch(/^wasm2js: error: [^\n]*\n$/);
      expect(outcome.stderr).toMatch(text);
      expect(outcome).toMatchObject({ code, stdout: '' });
      expect(existsSync(at('x'))).toBe(false);
    }
  });

  /** Runs the command in a process of its own, while this one answers. */
  const run = async (args: string[], env: Record<string, string> = {}): Promise<Outcome> => {
    const all = [join(repository, 'packages/cli/bin/wasm2js.js'), ...args];
    const child = spawn(process.execPath, all, { env: cleanEnv(env) });
    const out = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.on('data', (text) => (out.stdout += text));
    child.stderr.on('data', (text) => (out.stderr += text));
    out.code = await new Promise((close) => child.on('close', close));
    return out;
  };
  const pushing = (name: string): string[] => [
    ...['image', input, '--base', small, '--platform', 'wasi/wasm', '--push', name],
  ];

  test('a registry that speaks HTTPS, wants a token and sends on for blobs', async () => {
    const store = await Registry.start({ secure: true });
    const registry = await Registry.start({
      secure: true,
      auth: 'bearer',
      user: 'someone',
      password: 'secret',
      redirect: `https://${store.host}/blob`,
    });
    store.behaviour.answer = (request, response) => {
      response.end(registry.blobs.get(request.url!.split('/').at(-1)!));
      return true;
    };
    try {
      mkdirSync(at('login'), { recursive: true });
      const auth = Buffer.from('someone:secret').toString('base64');
      const config = { auths: { [registry.host]: { auth } } };
      writeFileSync(at('login/config.json'), JSON.stringify(config));
      const known = { DOCKER_CONFIG: at('login'), REGISTRY_AUTH_FILE: '', XDG_RUNTIME_DIR: '' };
      const name = `${registry.host}/test/show:v1`;
      expect(await run(['run', `docker://${name}`], known)).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /^wasm2js: error: docker:\/\/\S+: 127\.0\.0\.1:\d+: its certificate is not trusted \([A-Z_]+\): NODE_EXTRA_CA_CERTS=FILE names more that are\n$/,
        ),
      });
      expect(registry.log).toEqual([]);
      const trusting = { ...known, NODE_EXTRA_CA_CERTS: CERTIFICATE };
      expect(await run(pushing(name), trusting)).toMatchObject({ code: 0, stderr: '' });
      const ran = await run(['run', `docker://${name}`], trusting);
      expect(printed(ran.stdout)).toEqual(native());
      expect(store.log.length).toBeGreaterThan(0);
      expect(store.authorizations.every((value) => value === undefined)).toBe(true);
      const stranger = await run(['run', `docker://${name}`], {
        ...trusting,
        DOCKER_CONFIG: at('nowhere'),
      });
      expect(stranger).toMatchObject({ code: 1, stdout: '' });
      expect(stranger.stderr).toMatch(/the registry answers 401/);
    } finally {
      await registry.stop();
      await store.stop();
    }
  });

  test('a registry on this machine takes it, and gives it to run', async () => {
    const registry = await Registry.start();
    try {
      const name = `${registry.host}/test/show:v1`;
      const pushed = await run(pushing(name));
      expect(pushed).toMatchObject({ code: 0, stderr: '' });
      const ran = await run(['run', `docker://${name}`]);
      expect(printed(ran.stdout)).toEqual(native());
      const digest = /@(sha256:[0-9a-f]{64})/.exec(pushed.stdout)![0];
      expect((await run(['validate', `docker://${registry.host}/test/show${digest}`])).code).toBe(
        0,
      );
    } finally {
      await registry.stop();
    }
  });

  const noRegistry = missing('docker-registry', 'skopeo');
  test.skipIf(noRegistry.length > 0)(
    titled('Docker’s own registry takes it, and gives it to skopeo and to us', noRegistry),
    async () => {
      const port = await freePort();
      const host = `127.0.0.1:${port}`;
      writeFileSync(
        at('registry.yml'),
        JSON.stringify({
          version: 0.1,
          storage: { filesystem: { rootdirectory: at('registry') } },
          http: { addr: host },
        }),
      );
      const server = spawn('docker-registry', ['serve', at('registry.yml')], { stdio: 'ignore' });
      try {
        await answers(`http://${host}/v2/`);
        const made = ['image', input, '--base', small, '--push', `${host}/test/show:v1`];
        expect(wasm2js(made).stdout).toMatch(/: \d+ blobs sent, 0 there\n$/);
        expect(wasm2js(made).stdout).toMatch(/: 0 blobs sent, \d+ there\n$/);
        const there = `docker://${host}/test/show:v1`;
        expect(printed(wasm2js(['run', there]).stdout)).toEqual(native());
        done('skopeo', 'inspect', '--tls-verify=false', there);
        const many = join(repository, 'packages/oci/test/fixtures/many.tar');
        const copy = ['copy', '-q', '--all', '--dest-tls-verify=false', `oci-archive:${many}`];
        done('skopeo', ...copy, `docker://${host}/many:x`);
        expect(wasm2js(['run', `docker://${host}/many:x`]).stdout).toBe('/say.wasm\nfrom\ncmd\n');
      } finally {
        server.kill();
      }
    },
  );

  const noSkopeo = missing('skopeo');
  test.skipIf(noSkopeo.length > 0)(titled('skopeo reads and copies it', noSkopeo), () => {
    const told = JSON.parse(done('skopeo', 'inspect', `oci:${at('one.oci')}:latest`).stdout);
    expect(told).toMatchObject({ Architecture: 'amd64', Os: 'linux' });
    expect(told.Labels).toMatchObject({ a: 'b' });
    done('skopeo', 'copy', '--all', `oci:${at('one.oci')}:latest`, `oci:${at('copied')}:v1`);
    expect(printed(wasm2js(['run', at('copied')]).stdout)).toEqual(native());
  });
});

describe.skipIf(noNode.length > 0)(titled('image above Node', noNode), () => {
  beforeAll(() => {
    const { path } = nodeBase(at('base'));
    const made = wasm2js(['image', input, '-o', at('show.oci'), '--base', path, '--label', 'a=b']);
    expect(made.code, made.stderr).toBe(0);
    // One line for each processor that the base has not.
    const lacking = ['arm64', 's390x', 'riscv64', 'ppc64le'].filter(
      (name) => !nodes.includes(name),
    );
    expect(made.stderr.split('\n').slice(0, -1)).toEqual(
      lacking.map((name) => `wasm2js: note: ${input}: not for linux/${name}, which the base lacks`),
    );
    expect(native()).toContain('hello.txt: hello from the image');
  });

  /** Takes one architecture out of the image, and unpacks it into a folder. */
  const unpack = (architecture: string): string => {
    const target = at(`${architecture}.oci`);
    const bundle = at(`${architecture}-bundle`);
    if (existsSync(target)) return bundle;
    // The same blobs, with an index of its own: umoci knows no platforms.
    const blob = (digest: string): string =>
      readFileSync(join(at('show.oci'), 'blobs', digest.replace(':', '/')), 'utf8');
    const index = JSON.parse(readFileSync(join(at('show.oci'), 'index.json'), 'utf8'));
    const { manifests } = JSON.parse(blob(index.manifests[0].digest));
    const { platform: _, ...own } = manifests.find(
      ({ platform }: { platform: { architecture: string } }) =>
        platform.architecture === architecture,
    );
    const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
    mkdirSync(target);
    symlinkSync(join(at('show.oci'), 'blobs'), join(target, 'blobs'));
    writeFileSync(join(target, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(
      join(target, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...own, annotations }] }),
    );
    done('umoci', 'unpack', '--image', `${target}:latest`, bundle);
    return bundle;
  };

  const root = process.getuid?.() === 0 ? [] : ['root'];
  const noUmoci = [...missing('umoci'), ...root];
  test.skipIf(noUmoci.length > 0)(titled('umoci unpacks it', noUmoci), () => {
    const bundle = unpack('amd64');
    expect(readFileSync(join(bundle, 'rootfs/data/hello.txt'), 'utf8')).toBe(
      'hello from the image\n',
    );
    const { process: started } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
    expect(started).toMatchObject({ args: ['node', '/app/app.cjs', 'hello.txt'], cwd: '/data' });
  });

  /** A shell in which a hierarchy of control groups that is there twice is there once, as crun wants it. */
  const apart = (script: string): Outcome =>
    execute('unshare', ['-m', 'sh', '-c', `umount /sys/fs/cgroup/unified 2>/dev/null; ${script}`]);

  const noCrun = [...missing('crun', 'unshare'), ...noUmoci];
  test.skipIf(noCrun.length > 0)(titled('crun runs it', noCrun), (context) => {
    const bundle = unpack('amd64');
    const path = join(bundle, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    config.process.terminal = false;
    delete config.process.rlimits;
    delete config.linux.resources;
    config.linux.namespaces = ['mount', 'pid', 'uts', 'ipc'].map((type) => ({ type }));
    config.mounts = config.mounts.filter(
      ({ type }: { type: string }) => !/cgroup|sysfs|mqueue/.test(type),
    );
    const start = (args: string[]): Outcome => {
      writeFileSync(path, JSON.stringify({ ...config, process: { ...config.process, args } }));
      return apart(`cd ${bundle} && crun --cgroup-manager=disabled run wasm2js-${process.pid}`);
    };
    const probe = start(['node', '--version']);
    if (probe.code !== 0)
      return context.skip(`containers are not allowed here: ${probe.stderr.trim()}`);
    const { stdout } = start(config.process.args);
    expect(printed(stdout)).toEqual(native());
    expect(stdout).toContain('variable GREETING=good day\n');
    expect(stdout).not.toContain('WASM2JS');
  });

  const noPodman = [...missing('podman', 'unshare'), ...noUmoci];
  test.skipIf(noPodman.length > 0)(titled('podman runs it', noPodman), (context) => {
    unpack('amd64');
    const store = `--root ${at('storage')} --runroot ${at('run')} --storage-driver vfs --cgroup-manager cgroupfs`;
    const flags =
      '--rm --cgroups=disabled --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024';
    const pulled = apart(`cd ${folder} && podman ${store} pull -q oci:amd64.oci:latest`);
    expect(pulled.code, pulled.stderr).toBe(0);
    const id = pulled.stdout.trim().split('\n').at(-1)!;
    const start = (rest: string): Outcome => apart(`podman ${store} run ${flags} ${rest}`);
    const probe = start(`--entrypoint node ${id} --version`);
    if (probe.code !== 0)
      return context.skip(`containers are not allowed here: ${probe.stderr.trim()}`);
    expect(printed(start(id).stdout)).toEqual(native());
    const given = start(`-e GREETING=hi ${id} write=hello.txt exit=7`);
    expect(given.code).toBe(7);
    expect(given.stdout).toContain('variable GREETING=hi\n');
    expect(given.stdout).toContain('hello.txt: hello from the image\nhello.txt: written\n');
  });

  for (const [architecture, qemu] of [
    ['arm64', 'qemu-aarch64-static'],
    ['s390x', 'qemu-s390x-static'],
    ['ppc64le', 'qemu-ppc64le-static'],
    ['riscv64', 'qemu-riscv64-static'],
  ] as const) {
    const needs = [
      ...missing(qemu),
      ...noUmoci,
      ...(nodes.includes(architecture) ? [] : [`Node and libraries of ${architecture}`]),
    ];
    test.skipIf(needs.length > 0)(titled(`${architecture} runs by qemu`, needs), () => {
      const bundle = unpack(architecture);
      const rootfs = join(bundle, 'rootfs');
      const { process: started } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
      const path = done('sh', '-c', `command -v ${qemu}`).stdout.trim();
      copyFileSync(path, join(rootfs, qemu));
      spawnSync('chmod', ['755', join(rootfs, qemu)]);
      mkdirSync(join(rootfs, 'tmp'), { recursive: true });
      const [, ...args] = started.args as string[];
      const env = Object.fromEntries(
        (started.env as string[]).map((item) => item.split(/=(.*)/s, 2)),
      );
      delete env['HOME'];
      const { stdout, stderr } = execute(
        done('sh', '-c', 'command -v chroot').stdout.trim(),
        [rootfs, `/${qemu}`, '/usr/bin/node', ...args],
        {
          env: { ...env, NODE_EXTRA_CA_CERTS: '' },
        },
      );
      expect(printed(stdout), stderr).toEqual(native());
    });
  }
});
