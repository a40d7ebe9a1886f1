/** Media types: of OCI, of Docker, and of WebAssembly in either. */

export const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzipLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export const DOCKER = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
} as const;

/** Does this name a list of manifests? */
export const isIndex = (type: string): boolean => type === OCI.index || type === DOCKER.index;

/** Does this name a manifest of one image? */
export const isManifest = (type: string): boolean =>
  type === OCI.manifest || type === DOCKER.manifest;

/** Does this name the configuration of an image that has a root file system? */
export const isImageConfig = (type: string): boolean =>
  type === OCI.config || type === DOCKER.config;

/** Does this name a configuration of a WebAssembly artifact: the CNCF's, or one of the older ones? */
export const isWasmConfig = (type: string): boolean =>
  /^application\/vnd\.(wasm\.config\.v\d+|module\.wasm\.config\.v\d+)\+json$/.test(type);

const wasmLayers = new Set([
  'application/wasm',
  'application/vnd.wasm.content.layer.v1+wasm',
  'application/vnd.module.wasm.content.layer.v1+wasm',
  'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm',
]);

/** Does this name a layer that is a module itself? */
export const isWasmLayer = (type: string): boolean => wasmLayers.has(type);

/** Does this name a layer of files? How it is compressed is told by its first bytes. */
export const isFileLayer = (type: string): boolean =>
  /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+(gzip|zstd))?$/.test(
    type,
  ) ||
  /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.(gzip|zstd))?$/.test(type);
