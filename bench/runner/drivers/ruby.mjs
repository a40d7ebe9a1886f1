/** CRuby through the class RubyVM of @ruby/wasm-wasi: a step evaluates the script. */
export default async ({ instantiate, WASI, load, program: { glue, args } }) => {
  const { readFileSync } = await load('node:fs');
  const { RubyVM } = await load(glue);
  const system = new WASI({ version: 'preview1', args: ['ruby'], env: {}, returnOnExit: true });
  const vm = new RubyVM();
  const imports = { ...system.getImportObject() };
  vm.addToImports(imports);
  // RubyVM wants an instance of the engine's own class, of which it reads the exports only.
  const instance = Object.create(WebAssembly.Instance.prototype, {
    exports: { value: instantiate(imports) },
  });
  system.initialize(instance);
  await vm.setInstance(instance);
  vm.initialize(['ruby', '-EUTF-8', '--disable=gems', '-e_=0']);
  const script = readFileSync(args[0], 'utf8');
  return () => vm.eval(script).toString();
};
