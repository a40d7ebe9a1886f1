/**
 * The script `object.js` of an adopted folder: puts the object, without a compiler, where programs look for the
 * host's. Loaded only where the host has none that may compile. Workers that are made of blobs load it, too.
 */
import { install } from '../install.js';
import { type Adopted, realm } from './realm.js';

install('force');

const { Worker: HostWorker, [Symbol.for('wasm2js.adopted') as never]: adopted } = realm as {
  Worker?: typeof Worker;
} & Record<symbol, Adopted>;

// The text of such a worker is nobody's file, so nothing could be put into it ahead. It is put before the blob, since
// a policy that allows such workers need not allow blobs as scripts.
if (
  typeof HostWorker === 'function' &&
  adopted?.folder !== undefined &&
  typeof URL.createObjectURL === 'function'
) {
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
  realm.Worker = new Proxy(HostWorker, {
    construct(made, [url, options, ...rest]: [string | URL, WorkerOptions?, ...unknown[]], target) {
      let address = String(url);
      const blob = blobs.get(address);
      if (blob !== undefined) {
        const boot = JSON.stringify(folder);
        const line =
          options?.type === 'module'
            ? `import ${JSON.stringify(`${folder}boot.mjs`)};\n`
            : `self.wasm2jsFolder=${boot};importScripts(${boot}+"boot.js");\n`;
        address = createObjectURL.call(URL, new Blob([line, blob], { type: 'text/javascript' }));
      }
      return Reflect.construct(made, [address, options, ...rest], target) as object;
    },
  });
}
