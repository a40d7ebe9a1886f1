// Counts instances of the host's WebAssembly in `made`; with NO_WEBASSEMBLY there is none.
globalThis.made = 0;
if (globalThis.WebAssembly !== undefined) {
  const { Instance, instantiate } = WebAssembly;
  const count = (made) => {
    globalThis.made++;
    return made;
  };
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, args, own) => count(Reflect.construct(target, args, own)),
  });
  WebAssembly.instantiate = async (...args) => count(await instantiate(...args));
  if (process.env.NO_WEBASSEMBLY) delete globalThis.WebAssembly;
}
