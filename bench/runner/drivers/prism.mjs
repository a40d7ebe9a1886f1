/** Prism, the parser of Ruby: a step parses and serializes a file. */
export default async ({ instantiate, WASI, load, program: { args } }) => {
  const { readFileSync } = await load('node:fs');
  const system = new WASI({ version: 'preview1', args: ['prism'], env: {}, returnOnExit: true });
  const prism = instantiate(system.getImportObject());
  system.initialize({ exports: prism });
  const source = readFileSync(args[0]);
  return () => {
    const text = prism.calloc(1, source.length);
    const buffer = prism.calloc(prism.pm_buffer_sizeof(), 1);
    prism.pm_buffer_init(buffer);
    new Uint8Array(prism.memory.buffer, text, source.length).set(source);
    prism.pm_serialize_parse(buffer, text, source.length, 0);
    const bytes = new Uint8Array(
      prism.memory.buffer,
      prism.pm_buffer_value(buffer),
      prism.pm_buffer_length(buffer),
    );
    const value = bytes.slice();
    prism.pm_buffer_free(buffer);
    prism.free(text);
    prism.free(buffer);
    return value;
  };
};
