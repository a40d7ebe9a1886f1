/** OCI images with WebAssembly inside: reading them wherever they are. */

export { ImageError, type ImageErrorKind } from './errors.js';
export type { Platform } from './json.js';
export { DEFAULT_LIMITS, type ImageLimits } from './limits.js';
export { isImage, type OpenOptions, type ReadOptions, readImage } from './open.js';
export type { ImageAbout, ImageProgram } from './program.js';
export type { RegistryOptions } from './registry/client.js';
export type { Credentials } from './registry/credentials.js';
export type { TreeDirectory, TreeFile, TreeLink, TreeNode } from './tree.js';
