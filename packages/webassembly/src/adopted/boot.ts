/**
 * The script `boot.js` of an adopted folder, which runs before the program's own: in pages as their first script, in
 * workers by `importScripts`, in CommonJS by `require`. Loads the object and the modules where the host has no
 * WebAssembly.
 */
import { FILES, isNeeded, realm } from './realm.js';

declare const require: ((path: string) => unknown) | undefined;

/** Digests of these files, for pages whose policy names scripts by them; set by `adopt`. */
declare const DIGESTS: Readonly<Record<string, string>>;

function bootPage(document: Document, script: HTMLScriptElement): void {
  const folder = new URL('.', script.src).href;
  if (!isNeeded(folder)) return;
  for (const file of FILES) {
    const attributes = [
      `src="${folder}${file}"`,
      script.nonce === '' ? '' : `nonce="${script.nonce}"`,
      script.integrity === '' ? '' : `integrity="${DIGESTS[file]}"`,
    ];
    // The only way to have a script that all that follows waits for.
    document.write(`<script ${attributes.join(' ')}></script>`);
  }
}

const { document } = realm;
if (document?.currentScript) bootPage(document, document.currentScript as HTMLScriptElement);
else if (realm.importScripts !== undefined && realm.wasm2jsFolder !== undefined) {
  const folder = new URL(realm.wasm2jsFolder, location.href).href;
  if (isNeeded(folder)) realm.importScripts(...FILES.map((file) => folder + file));
} else if (typeof require === 'function' && isNeeded('')) {
  // Under another name, so that no bundler takes it for its own.
  const load = require;
  for (const file of FILES) load(`./${file}`);
}
