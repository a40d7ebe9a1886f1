/** Digests (OCI image specification, "Descriptors: Digests"). */

import { createHash } from 'node:crypto';
import { fail, shown } from './errors.js';

/** Algorithms that are registered, and how many hexadecimal digits they have. */
const algorithms: Record<string, number> = { sha256: 64, sha512: 128 };

/** A digest taken apart. */
export interface Digest {
  algorithm: string;
  hex: string;
}

/**
 * Takes a digest apart.
 * @throws ImageError for one that is malformed or of an algorithm that is not registered
 */
export const parseDigest = (text: string): Digest => {
  const [, algorithm, hex] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([A-Za-z0-9=_-]+)$/.exec(text) ?? [];
  if (algorithm === undefined || hex === undefined)
    return fail('malformed', `"${shown(text)}" is no digest`);
  const digits = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (digits === undefined)
    return fail('unsupported', `digests by ${shown(algorithm)} are not known, only sha256, sha512`);
  if (hex.length !== digits || !/^[0-9a-f]+$/.test(hex))
    return fail('malformed', `"${shown(text)}" is no digest by ${algorithm}`);
  return { algorithm, hex };
};

/** The digest of some bytes by an algorithm that is registered. */
const digestOf = (algorithm: string, bytes: Uint8Array | string): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

/** The digest by sha256 of some bytes. */
export const sha256 = (bytes: Uint8Array | string): string => digestOf('sha256', bytes);

/**
 * Compares bytes with a digest.
 * @throws ImageError where they differ, which names `what`
 */
export const verify = (bytes: Uint8Array, digest: string, what: string): void => {
  const actual = digestOf(parseDigest(digest).algorithm, bytes);
  if (actual !== digest) fail('malformed', `${what} has digest ${actual}, not ${digest}`);
};
