/** Imports of `.wasm` files that bundlers' plugins know by a query. */

declare module '*.wasm?init' {
  /** Makes an instance. */
  const init: (imports?: WebAssembly.Imports) => Promise<WebAssembly.Instance>;
  export default init;
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.wasm?url' {
  /** The address of the asset. */
  const url: string;
  export default url;
}
