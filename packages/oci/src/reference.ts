/** How images are named: by transport as skopeo and podman name them, or by the path of a layout or archive. */

import { parseDigest } from './digest.js';
import { fail, type ImageError, shown } from './errors.js';

/** A name taken apart. */
export type Reference =
  /** A folder or archive; `tag` chooses one of its images. */
  | { transport: 'path' | 'oci' | 'archive' | 'dir'; path: string; tag: string | undefined }
  | RegistryReference;

/** An image of a registry. */
export interface RegistryReference {
  transport: 'docker';
  /** Host and port. */
  host: string;
  repository: string;
  /** Undefined only where there is a digest. */
  tag: string | undefined;
  digest: string | undefined;
}

const transports: Record<string, 'oci' | 'archive' | 'dir'> = {
  oci: 'oci',
  'oci-archive': 'archive',
  'docker-archive': 'archive',
  dir: 'dir',
};
const elsewhere = ['docker-daemon', 'containers-storage', 'ostree', 'sif'];

/** Does this name an image by a transport (`oci:`, `docker://` and so on)? A letter of a Windows drive is none. */
export const hasTransport = (name: string): boolean => {
  const [, scheme] = /^([a-z][a-z-]+):/.exec(name) ?? [];
  if (scheme === undefined) return false;
  return scheme === 'docker'
    ? name.startsWith('docker://')
    : Object.hasOwn(transports, scheme) || elsewhere.includes(scheme);
};

/** A tag (OCI distribution specification, "Pulling manifests"). */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
/** May a layout's image have this tag (OCI image specification, "Annotations": ref.name)? */
export const isLayoutTag = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$/.test(text);

/**
 * A reference to a registry, without `docker://`.
 * @throws ImageError for one that is malformed
 */
export const parseRegistryReference = (text: string): RegistryReference => {
  const bad = (why: string): never => fail('usage', `docker://${shown(text)}: ${why}`);
  const [name = '', digest, more] = text.split('@');
  if (more !== undefined) bad('two digests');
  if (digest !== undefined) {
    try {
      parseDigest(digest);
    } catch (error) {
      bad((error as ImageError).message);
    }
  }
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const named = /[.:]|^localhost$|^\[/.test(first);
  let host = named ? first : 'docker.io';
  let repository = named ? name.slice(slash + 1) : name;
  const [, path, tag] = /^(.*?)(?::([^/:]*))?$/.exec(repository) ?? [];
  repository = path ?? '';
  if (/^((index|registry-1)\.)?docker\.io$/.test(host)) {
    host = 'docker.io';
    if (!repository.includes('/')) repository = `library/${repository}`;
  }
  if (!/^(\[[0-9a-f:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?$/.test(host))
    bad('no host');
  if (!REPOSITORY.test(repository) || repository.length > 255) bad('no name of a repository');
  if (tag !== undefined && !TAG.test(tag)) bad('no tag');
  return {
    transport: 'docker',
    host,
    repository,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
};

/**
 * Takes a name apart.
 * @throws ImageError for one that is malformed or of a transport that needs another program
 */
export const parseReference = (name: string): Reference => {
  if (!hasTransport(name)) return { transport: 'path', path: name, tag: undefined };
  if (name.startsWith('docker://')) return parseRegistryReference(name.slice('docker://'.length));
  const colon = name.indexOf(':');
  const scheme = name.slice(0, colon);
  const rest = name.slice(colon + 1);
  const transport = transports[scheme];
  if (transport === undefined)
    return fail('usage', `${scheme}: is another program's: write the image to an archive first`);
  if (transport === 'dir') return { transport, path: rest, tag: undefined };
  // A tag may hold colons of its own (`docker.io/library/app:1`), the path none; but for a Windows drive.
  const [, path = '', tag] = /^((?:[A-Za-z]:[\\/])?[^:]*)(?::(.*))?$/.exec(rest) ?? [];
  if (path === '') return fail('usage', `${shown(name)}: a path is needed`);
  if (tag !== undefined && !isLayoutTag(tag)) return fail('usage', `${shown(name)}: no tag`);
  return { transport, path, tag };
};

/** How people write a registry's reference. */
export const referenceName = ({ host, repository, tag, digest }: RegistryReference): string =>
  `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
