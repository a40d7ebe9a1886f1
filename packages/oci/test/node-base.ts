/** A base image with Node, of the binaries that are here: a layout with one layer for each processor. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../src/digest.js';
import { OCI } from '../src/media-types.js';
import { type NewEntry, tarBytes } from '../src/write/tar.js';
import { type Blob, layoutFiles, writeFolder } from './images.js';

const hosts = fileURLToPath(new URL('../../../hosts', import.meta.url));

const riscv = process.env['RISCV64_ROOT'];

/** A Node that is installed, and the folder of the libraries that it needs. */
interface Node {
  architecture: string;
  file: string;
  /** Where Debian's packages for other processors put libraries; undefined: those that `ldd` names. */
  libraries: string | undefined;
}

/** What `npm run hosts` and Debian have put here. */
export const installedNodes = (): Node[] =>
  [
    {
      architecture: 'amd64',
      file: join(hosts, 'node_modules/node-24/bin/node'),
      libraries: undefined,
    },
    {
      architecture: 'arm64',
      file: join(hosts, 'foreign/node_modules/node-arm64/bin/node'),
      libraries: '/usr/aarch64-linux-gnu/lib',
    },
    {
      architecture: 's390x',
      file: join(hosts, 'foreign/node_modules/node-s390x/bin/node'),
      libraries: '/usr/s390x-linux-gnu/lib',
    },
    {
      architecture: 'ppc64le',
      file: join(hosts, 'foreign/node_modules/node-ppc64le/bin/node'),
      libraries: '/usr/powerpc64le-linux-gnu/lib',
    },
    // Nobody but Debian has one: RISCV64_ROOT names the folder that its packages (trixie's `nodejs` and what it depends on)
    // have been unpacked into.
    ...(riscv === undefined
      ? []
      : [
          {
            architecture: 'riscv64',
            file: join(riscv, 'usr/bin/node'),
            libraries: join(riscv, 'usr/lib/riscv64-linux-gnu'),
          },
        ]),
  ].filter(
    ({ architecture, file, libraries }) =>
      existsSync(file) &&
      (libraries === undefined
        ? process.arch === 'x64' && architecture === 'amd64'
        : existsSync(libraries)),
  );

/** Libraries by their path in the image. */
const librariesOf = ({ file, libraries }: Node): [string, string][] => {
  if (libraries === undefined) {
    const text = execFileSync('ldd', [file], { encoding: 'utf8' });
    return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => [path!, path!]);
  }
  const needed =
    riscv !== undefined && libraries.startsWith(riscv)
      ? /\.so\b/
      : /^(ld|lib(c|m|dl|rt|pthread|atomic|gcc_s|stdc\+\+))[-.\d\w]*\.so\b/;
  return readdirSync(libraries)
    .filter((name) => needed.test(name))
    .map((name) => [`/lib/${name}`, join(libraries, name)]);
};

/** Where binaries look for their loader, which Debian's packages for other processors have beside the libraries. */
const loaders: Record<string, string> = { s390x: '/lib/ld64.so.1', ppc64le: '/lib64/ld64.so.2' };

const layerOf = (node: Node): Blob => {
  const entries = new Map<string, NewEntry>();
  const put = (path: string, file: string): void => {
    const content = readFileSync(realpathSync(file));
    entries.set(path, { path: path.slice(1), type: 'file', content, mode: 0o755 });
  };
  put('/usr/bin/node', node.file);
  for (const [path, file] of librariesOf(node)) put(path, file);
  // Parts of Debian's Node are files of their own.
  if (node.architecture === 'riscv64') {
    const share = join(riscv!, 'usr/share/nodejs');
    for (const file of readdirSync(share, { recursive: true, encoding: 'utf8' }))
      if (statSync(join(share, file)).isFile()) put(`/usr/share/nodejs/${file}`, join(share, file));
  }
  const loader = loaders[node.architecture];
  if (loader !== undefined) put(loader, join(node.libraries!, basename(loader)));
  return { mediaType: OCI.layer, bytes: tarBytes(entries.values(), 0) };
};

/** Writes the layout; returns its path and the architectures that it is for. */
export const nodeBase = (
  folder: string,
  nodes = installedNodes(),
): { path: string; architectures: string[] } => {
  const manifests: Blob[] = [];
  const blobs: Blob[] = [];
  const put = (mediaType: string, value: unknown): Blob => ({
    mediaType,
    bytes: Buffer.from(JSON.stringify(value)),
  });
  const point = ({ mediaType, bytes }: Blob) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  for (const node of nodes) {
    const layer = layerOf(node);
    const config = put(OCI.config, {
      os: 'linux',
      architecture: node.architecture,
      config: { Env: ['PATH=/usr/bin'], Cmd: ['node'], Labels: { base: basename(node.file) } },
      rootfs: { type: 'layers', diff_ids: [sha256(layer.bytes)] },
    });
    const manifest = put(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: point(config),
      layers: [point(layer)],
    });
    manifest.platform = { os: 'linux', architecture: node.architecture };
    manifests.push(manifest);
    blobs.push(layer, config);
  }
  return {
    path: writeFolder(folder, layoutFiles(manifests, blobs)),
    architectures: nodes.map(({ architecture }) => architecture),
  };
};
