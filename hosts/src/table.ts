/**
 * The JavaScript hosts of the matrix: where each is looked for, and how it is started with a script.
 * Gives rows in the order of the printed table; a row whose host is not installed has no command.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a host is given: a script, an ES module, a module for workerd, a page. */
export type Kind = 'script' | 'module' | 'workerd' | 'chromium' | 'firefox';

/** One column of the matrix. */
export interface Host {
  name: string;
  kind: Kind;
  /** The program and the arguments before the script; `undefined` where it is not installed. */
  command: readonly string[] | undefined;
  /** Arguments after the script. */
  after?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Whether the script is lowered to ES5 first. */
  lowered?: true;
  /** Browsers: whether their compilers of JavaScript are left on. */
  jit?: boolean;
  /** What brings it, for those who miss it. */
  from: string;
}

/** The folder of the hosts that npm installs. */
export const hostsRoot = fileURLToPath(new URL('..', import.meta.url));

const NPM = 'npm run hosts';

const npm = (path: string, ...flags: string[]): string[] | undefined => {
  const file = `${hostsRoot}node_modules/${path}`;
  return existsSync(file) ? [file, ...flags] : undefined;
};

/** A program on the PATH, the first that is there. */
const onPath = (names: readonly string[], ...flags: string[]): string[] | undefined => {
  for (const name of names) {
    const found = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' });
    if (found.status === 0) return [found.stdout.trim(), ...flags];
  }
  return undefined;
};

const foreign = (processor: string, qemu: string, folder: string): string[] | undefined => {
  const node = `${hostsRoot}foreign/node_modules/node-${processor}/bin/node`;
  const libraries = `/usr/${folder}`;
  if (!existsSync(node) || !existsSync(libraries)) return undefined;
  return onPath([`qemu-${qemu}-static`, `qemu-${qemu}`], '-L', libraries, node);
};

/** All hosts, installed or not. */
export function hosts(): Host[] {
  const script = (name: string, command: string[] | undefined, from: string): Host => ({
    name,
    kind: 'script',
    command,
    from,
  });
  const own = process.versions.node.split('.')[0]!;
  const nodes = ['18', '20', '22', '24', '26'].map((major) => {
    const command = major === own ? [process.execPath] : npm(`node-${major}/bin/node`);
    return script(`node ${major}`, command, NPM);
  });
  const newest = npm('node-26/bin/node', '--jitless');
  const bun = npm('@oven/bun-linux-x64/bin/bun', 'run');
  const chromium: Host = {
    name: 'chromium',
    kind: 'chromium',
    command: onPath([process.env['CHROMIUM'] ?? 'chromium', 'google-chrome']),
    from: 'Debian: chromium',
  };
  const firefox: Host = {
    name: 'firefox',
    kind: 'firefox',
    command: onPath(['firefox-esr', 'firefox']),
    from: 'Debian: firefox-esr',
  };
  const jsc = 'Debian: libjavascriptcoregtk-4.0-bin';
  return [
    ...nodes,
    script('node 26 jitless', newest, NPM),
    {
      name: 'deno',
      kind: 'module',
      command: npm('@deno/linux-x64-glibc/deno', 'run', '-A', '--no-lock'),
      from: NPM,
    },
    script('bun', bun, NPM),
    { ...script('bun no jit', bun, NPM), env: { BUN_JSC_useJIT: '0' } },
    script('jsc', onPath(['jsc']), jsc),
    script('jsc no jit', onPath(['jsc'], '--useJIT=false'), jsc),
    script('gjs', onPath(['gjs']), 'Debian: gjs'),
    script('quickjs', onPath(['qjs']), 'qjs on the PATH'),
    script('spidermonkey', onPath(['js', 'js128', 'js115', 'js102']), 'js on the PATH'),
    {
      ...script('hermes 0.12', npm('hermes-engine-cli/linux64-bin/hermes', '-w', '-O'), NPM),
      lowered: true,
    },
    { ...chromium, jit: true },
    { ...chromium, name: 'chromium no jit', jit: false },
    { ...firefox, jit: true },
    { ...firefox, name: 'firefox no jit', jit: false },
    {
      name: 'workerd',
      kind: 'workerd',
      command: npm('@cloudflare/workerd-linux-64/bin/workerd', 'test'),
      from: NPM,
    },
    script(
      'node 22 arm64',
      foreign('arm64', 'aarch64', 'aarch64-linux-gnu'),
      `${NPM}; Debian: qemu-user-static, libstdc++6-arm64-cross, libatomic1-arm64-cross`,
    ),
    script(
      'node 20 s390x',
      foreign('s390x', 's390x', 's390x-linux-gnu'),
      `${NPM}; Debian: qemu-user-static, libstdc++6-s390x-cross, libatomic1-s390x-cross`,
    ),
  ];
}
