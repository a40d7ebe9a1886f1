/** JSON documents of images, whose shape nobody has checked yet. */

import { fail, shown } from './errors.js';

/** What points at a blob (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: Platform | undefined;
  annotations: Record<string, string>;
  artifactType?: string | undefined;
  /** The bytes themselves, where there is no need to look for them (OCI, "Embedded Content"). */
  data?: Uint8Array | undefined;
}

/** What an image runs on. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string | undefined;
}

type Fields = Record<string, unknown>;

/** The object that a document is; throws an ImageError for anything else. */
export const parseDocument = (bytes: Uint8Array, what: string): Fields => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('malformed', `${what} is no JSON`);
  }
  return fieldsOf(value, what);
};

/** A value that must be an object. */
export const fieldsOf = (value: unknown, what: string): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  return fail('malformed', `${what} is no object`);
};

/** A value that must be a list, or is not there. */
export const listOf = (value: unknown, what: string): unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : fail('malformed', `${what} is no list`);
};

/** A value that must be a list of texts, or is not there. */
export const textsOf = (value: unknown, what: string): string[] =>
  listOf(value, what).map((item) =>
    typeof item === 'string' ? item : fail('malformed', `${what} holds what is no text`),
  );

/** A value that must be text, or is not there. */
export const textOf = (value: unknown, what: string): string | undefined => {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : fail('malformed', `${what} is no text`);
};

/** Names and texts: annotations, labels. */
export const textMap = (value: unknown, what: string): Record<string, string> => {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(fieldsOf(value, what));
  for (const [name, text] of entries)
    if (typeof text !== 'string') fail('malformed', `${what}: "${shown(name)}" is no text`);
  return Object.fromEntries(entries) as Record<string, string>;
};

/** A platform, or undefined where none is told. */
export const platformOf = (value: unknown, what: string): Platform | undefined => {
  if (value === undefined || value === null) return undefined;
  const fields = fieldsOf(value, what);
  const os = textOf(fields['os'], `${what}: os`) ?? '';
  const architecture = textOf(fields['architecture'], `${what}: architecture`) ?? '';
  const variant = textOf(fields['variant'], `${what}: variant`);
  return os === '' && architecture === '' ? undefined : { os, architecture, variant };
};

/** `os/architecture[/variant]`. */
export const platformName = ({ os, architecture, variant }: Platform): string =>
  shown([os, architecture, ...(variant ? [variant] : [])].join('/'));

/** Bytes that are told as base64. */
const dataOf = (value: unknown, what: string): Uint8Array | undefined => {
  const text = textOf(value, what);
  if (text === undefined) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    return fail('malformed', `${what} is no base64`);
  return Buffer.from(text, 'base64');
};

/** A descriptor; `what` names it in errors. */
export const descriptorOf = (value: unknown, what: string): Descriptor => {
  const fields = fieldsOf(value, what);
  const { mediaType, digest, size } = fields;
  if (typeof mediaType !== 'string') return fail('malformed', `${what} has no media type`);
  if (typeof digest !== 'string') return fail('malformed', `${what} has no digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    return fail('malformed', `${what} has no size`);
  return {
    mediaType,
    digest,
    size: size as number,
    platform: platformOf(fields['platform'], `${what}: platform`),
    annotations: textMap(fields['annotations'], `${what}: annotations`),
    artifactType: textOf(fields['artifactType'], `${what}: artifactType`),
    data: dataOf(fields['data'], `${what}: data`),
  };
};
