/** A WASI command: a step is one run of `_start`, so there can be only one. */
export default async ({ instantiate, WASI, load, program: { args, stdin, dir } }) => {
  const { openSync } = await load('node:fs');
  let text = '';
  const decoder = new TextDecoder();
  const system = new WASI({
    version: 'preview1',
    args,
    env: {},
    preopens: dir === undefined ? {} : { '/': dir },
    stdin: stdin === undefined ? new Uint8Array() : openSync(stdin, 'r'),
    stdout: (bytes) => {
      text += decoder.decode(bytes, { stream: true });
    },
    returnOnExit: true,
  });
  const exports = instantiate(system.getImportObject());
  return () => {
    const code = system.start({ exports });
    return code === 0 ? text : `${text}exit code ${code}`;
  };
};
