/** OCI images with WebAssembly inside: reading them wherever they are, and writing them. */

export { ImageError, type ImageErrorKind } from './errors.js';
export type { Platform } from './json.js';
export { DEFAULT_LIMITS, type ImageLimits } from './limits.js';
export { isImage, type OpenOptions, type ReadOptions, readImage } from './open.js';
export type { ImageAbout, ImageProgram } from './program.js';
export { isLayoutTag, parseRegistryReference, type RegistryReference } from './reference.js';
export type { RegistryOptions } from './registry/client.js';
export type { Credentials } from './registry/credentials.js';
export { type Pushed, type PushOptions, pushImage } from './registry/push.js';
export type { TreeDirectory, TreeFile, TreeLink, TreeNode } from './tree.js';
export type { ComposedImage, ImageBlob } from './write/compose.js';
export {
  type CreatedImage,
  type CreateOptions,
  createImage,
  DEFAULT_BASE,
  DEFAULT_PLATFORMS,
} from './write/create.js';
export { writeLayout } from './write/output.js';
