/**
 * The script `object.js` of an adopted folder: puts the object, without a compiler, where programs look for the
 * host's. Loaded only where the host has none that may compile. Workers that are made of blobs and of data load it, too.
 */
import { install } from '../install.js';
import { type Adopted, realm } from './realm.js';

install('force');

type Constructor = new (url: string | URL, options?: WorkerOptions | string) => object;

const hosts = realm as unknown as Partial<Record<'Worker' | 'SharedWorker', Constructor>>;
const adopted = (realm as Record<symbol, Adopted | undefined>)[Symbol.for('wasm2js.adopted')];

// The text of such a worker is nobody's file, so nothing could be put into it ahead. It is put before the text, since
// a policy that allows such workers need not allow blobs as scripts.
if (adopted?.folder !== undefined && typeof URL.createObjectURL === 'function') {
  const { folder } = adopted;
  const blobs = new Map<string, Blob>();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    if (object instanceof Blob) blobs.set(url, object);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    blobs.delete(String(url));
    revokeObjectURL.call(URL, url);
  };
  const blobOf = (text: BlobPart[]): string =>
    createObjectURL.call(URL, new Blob(text, { type: 'text/javascript' }));
  const boot = JSON.stringify(folder);
  /** What was made of an address: shared workers are known by it. */
  const made = new Map<string, string>();
  const withBoot = (address: string, isModule: boolean): string => {
    const line = isModule
      ? `import ${JSON.stringify(`${folder}boot.mjs`)};\n`
      : `self.wasm2jsFolder=${boot};importScripts(${boot}+"boot.js");\n`;
    const blob = blobs.get(address);
    if (blob !== undefined) return blobOf([line, blob]);
    const text = dataOf(address);
    if (text === undefined) return address;
    // Modules of data come from nowhere, and may import nothing of a server.
    return isModule
      ? blobOf([line, text])
      : `data:text/javascript;charset=utf-8,${encodeURIComponent(line + text)}`;
  };
  for (const name of ['Worker', 'SharedWorker'] as const) {
    const Host = hosts[name];
    if (typeof Host !== 'function') continue;
    hosts[name] = new Proxy(Host, {
      construct(host, [url, options, ...rest]: [unknown, WorkerOptions?, ...unknown[]], target) {
        const address = String(url);
        const isModule = options?.type === 'module';
        const key = `${isModule} ${address}`;
        let own = made.get(key);
        if (own === undefined) {
          own = withBoot(address, isModule);
          if (own !== address && name === 'SharedWorker') made.set(key, own);
        }
        return Reflect.construct(host, [own, options, ...rest], target) as object;
      },
    });
  }
}

/** The text of a script that is data in its own address (RFC 2397). */
function dataOf(address: string): string | undefined {
  const found = /^data:([^,]*),(.*)$/is.exec(address);
  if (found === null) return undefined;
  try {
    const text = decodeURIComponent(found[2]!);
    if (!/;\s*base64$/i.test(found[1]!)) return text;
    return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
