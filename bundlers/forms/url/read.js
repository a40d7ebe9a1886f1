// The bytes behind an address: over the network, or of a file.
export async function read(url) {
  if (!/^file:/.test(url)) return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  return readFile(new URL(url));
}
