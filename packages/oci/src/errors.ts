/** The errors of this package. */

/**
 * What is wrong: with the image's bytes (`malformed`), with what they ask for (`refused`, `unsupported`), with their
 * amount (`limit`), with where they are looked for (`missing`, `network`), or with how they are named (`usage`).
 */
export type ImageErrorKind =
  | 'malformed'
  | 'refused'
  | 'unsupported'
  | 'limit'
  | 'missing'
  | 'network'
  | 'usage';

/** An image that cannot be read or written; the message is one complete line without the image's name. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly kind: ImageErrorKind;

  constructor(kind: ImageErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Throws an {@link ImageError}. */
export const fail = (kind: ImageErrorKind, message: string): never => {
  throw new ImageError(kind, message);
};

/** Text of an image as it may be shown: controls escaped, cut where it is long. */
export const shown = (text: string): string => {
  const visible = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  return visible.length > 120 ? `${visible.slice(0, 117)}…` : visible;
};
