/** Who we are to a registry: what `docker login` and `podman login` have written. */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../errors.js';
import { fieldsOf } from '../json.js';

/** A name and a password, or a token that stands for them. */
export interface Credentials {
  username: string;
  password: string;
  identityToken?: string | undefined;
}

/** Where files with credentials may be, the first that has some counts. */
const configFiles = (env: Readonly<Record<string, string | undefined>>): string[] => {
  const files = [];
  if (env['REGISTRY_AUTH_FILE']) files.push(env['REGISTRY_AUTH_FILE']);
  if (env['XDG_RUNTIME_DIR']) files.push(join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json'));
  files.push(join(env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json'));
  return files;
};

/** The names under which a registry may be in such a file. */
const keysOf = (host: string): string[] => [
  host,
  `https://${host}`,
  `http://${host}`,
  `https://${host}/v2/`,
  `https://${host}/v1/`,
  ...(host === 'docker.io'
    ? ['https://index.docker.io/v1/', 'index.docker.io', 'registry-1.docker.io']
    : []),
];

const credentialsOf = (entry: unknown, file: string): Credentials | undefined => {
  const fields = fieldsOf(entry, `${file}: auths`);
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const auth = text('auth');
  let [username, password] = [text('username'), text('password')];
  if (auth !== undefined) {
    const decoded = Buffer.from(auth, 'base64').toString();
    const colon = decoded.indexOf(':');
    if (colon < 0) fail('usage', `${file}: an "auth" is no name and password`);
    username = decoded.slice(0, colon);
    // Docker has written NULs behind it.
    password = decoded.slice(colon + 1).replace(/\0+$/, '');
  }
  const identityToken = text('identitytoken');
  if (username === undefined && identityToken === undefined) return undefined;
  return { username: username ?? '', password: password ?? '', identityToken };
};

/** What a registry may be told, and what could have told more. */
export interface Known {
  credentials: Credentials | undefined;
  /** A program that keeps the credentials, which is not asked. */
  helper: string | undefined;
}

/**
 * Looks for the credentials of a host.
 * @throws ImageError for a file that is malformed
 */
export const findCredentials = async (
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Known> => {
  let helper: string | undefined;
  for (const file of configFiles(env)) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch {
      continue;
    }
    let config: Record<string, unknown>;
    try {
      config = fieldsOf(JSON.parse(text), file);
    } catch {
      return fail('usage', `${file} is no JSON object`);
    }
    const auths = fieldsOf(config['auths'] ?? {}, `${file}: auths`);
    for (const key of keysOf(host)) {
      if (!Object.hasOwn(auths, key)) continue;
      const credentials = credentialsOf(auths[key], file);
      if (credentials !== undefined) return { credentials, helper: undefined };
    }
    const helpers = fieldsOf(config['credHelpers'] ?? {}, `${file}: credHelpers`);
    const named = Object.hasOwn(helpers, host) ? helpers[host] : config['credsStore'];
    if (typeof named === 'string') helper ??= named;
  }
  return { credentials: undefined, helper };
};
