/** How much of an image is read: whatever it claims, no more than this is kept, expanded or asked for. */

/** Bounds on an image; each can be set. */
export interface ImageLimits {
  /** Bytes of an index, a manifest or a configuration. */
  document: number;
  /** Bytes of one blob as it is stored (a layer, a module). */
  blob: number;
  /** Layers of an image. */
  layers: number;
  /** Bytes of one layer when it is expanded, headers and all. */
  layer: number;
  /** Bytes of all files of all layers, those that a later layer removes included. */
  files: number;
  /** Files, folders and links of all layers. */
  entries: number;
  /** Bytes of a path in a layer. */
  path: number;
  /** Manifests that an index leads to. */
  manifests: number;
}

/** The bounds where none are set. */
export const DEFAULT_LIMITS: Readonly<ImageLimits> = {
  document: 4 * 2 ** 20,
  blob: 2 ** 30,
  layers: 128,
  layer: 2 * 2 ** 30,
  files: 2 ** 30,
  entries: 250_000,
  path: 4096,
  manifests: 1000,
};

/** Bounds with those that are given in place of the defaults. */
export const limitsOf = (given: Partial<ImageLimits> = {}): ImageLimits => ({
  ...DEFAULT_LIMITS,
  ...given,
});

/** An amount of bytes, for messages. */
export const amount = (bytes: number): string => {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size && Number.isInteger((bytes / size) * 10)) return `${bytes / size} ${unit}`;
  }
  return `${bytes} bytes`;
};
