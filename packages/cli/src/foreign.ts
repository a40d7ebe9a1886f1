/**
 * What an input is that is no module: a component, an archive, a program for another machine, a web page
 * that was downloaded instead. Gets bytes, gives one line that says what they are and what to do. Must
 * hold: never says anything of a module or of WebAssembly text.
 */

import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';

/** Bytes that are looked at. */
const HEAD = 1 << 16;
/** Most bytes that the beginning of compressed data may become. */
const MOST = 1 << 24;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const MAGIC = '\0asm';

/** Is this a binary of WebAssembly, of whatever kind and version? */
export const isWasm = (bytes: Uint8Array): boolean => latin1(bytes.subarray(0, 4)) === MAGIC;

/** Does this input look like text rather than a binary module? */
export const isText = (bytes: Uint8Array): boolean => {
  if (bytes[0] === 0 || bytes.length === 0) return false;
  const start = new TextDecoder().decode(bytes.subarray(0, 4096)).replace(/^\ufeff/, '');
  return /^\s*(\(|;;)/.test(start);
};

const COMPONENT: [string, string] = [
  'a component, and this command takes core modules',
  'build, run, serve, image, bench, inspect and validate take components',
];

/** Is this a binary component (layer 1 of the header)? */
export const isComponent = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && isWasm(bytes) && bytes[6] === 1 && bytes[7] === 0;

/**
 * What a binary of WebAssembly is that is no module of version 1, by the version and layer of its header
 * (component model, "Component definitions": the layer is the upper half).
 */
const otherWasm = (bytes: Uint8Array): [string, string] | undefined => {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const version = view.getUint16(4, true);
  const layer = view.getUint16(6, true);
  if (version === 1 && layer === 0) return undefined;
  if (layer === 1) return COMPONENT;
  const number = layer === 0 ? `${version}` : `${version} of layer ${layer}`;
  const what = `a WebAssembly binary of version ${number}, and modules have version 1`;
  return [what, 'make it with present tools'];
};

const UNPACK = 'unpack it and give the .wasm file in it';
const LINK = 'compile and link it for WebAssembly first (clang --target=wasm32-wasi)';

/** Files that are known by their first bytes (as latin1): what they are and what to do. */
const signatures: readonly [string, string, string][] = [
  ['\x28\xb5\x2f\xfd', 'compressed by zstd', 'unpack it first (unzstd)'],
  ['\xfd7zXZ\0', 'compressed by xz', 'unpack it first (unxz)'],
  ['BZh', 'compressed by bzip2', 'unpack it first (bunzip2)'],
  ['\x04\x22\x4d\x18', 'compressed by lz4', 'unpack it first (unlz4)'],
  ['\x1f\x9d', 'compressed by compress', 'unpack it first (uncompress)'],
  ['LZIP', 'compressed by lzip', 'unpack it first (lzip -d)'],
  ['PK\x03\x04', 'a zip archive', UNPACK],
  ['PK\x05\x06', 'an empty zip archive', 'give a .wasm file'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', UNPACK],
  ['Rar!\x1a\x07', 'a rar archive', UNPACK],
  [
    '!<arch>\n',
    'an archive of object files (.a)',
    'link what it holds to a module first (wasm-ld)',
  ],
  [
    '!<thin>\n',
    'an archive of object files (.a)',
    'link what it holds to a module first (wasm-ld)',
  ],
  ['BC\xc0\xde', 'LLVM bitcode', LINK],
  ['\xde\xc0\x17\x0b', 'LLVM bitcode', LINK],
  ['\xfe\xed\xfa\xce', 'a program for macOS (Mach-O)', LINK],
  ['\xfe\xed\xfa\xcf', 'a program for macOS (Mach-O)', LINK],
  ['\xce\xfa\xed\xfe', 'a program for macOS (Mach-O)', LINK],
  ['\xcf\xfa\xed\xfe', 'a program for macOS (Mach-O)', LINK],
  ['MZ', 'a program for Windows (PE)', LINK],
  ['\0aot', 'compiled ahead of time by WAMR', 'give the .wasm file it was made of'],
  ['wasmer', 'compiled ahead of time by Wasmer', 'give the .wasm file it was made of'],
  ['\xff\xfe', 'UTF-16 text', 'save it as UTF-8'],
  ['\xfe\xff', 'UTF-16 text', 'save it as UTF-8'],
  ['\x89PNG', 'an image', 'give a .wasm file'],
  ['%PDF', 'a PDF document', 'give a .wasm file'],
];

const NATIVE = 'compiled ahead of time by Wasmtime (.cwasm)';

/** Files whose first bytes alone do not tell. */
const bySignature = (bytes: Uint8Array, head: string): [string, string] | undefined => {
  if (head.startsWith('\x7fELF')) {
    const aot = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('.wasmtime.');
    if (aot) return [NATIVE, 'give the .wasm file it was made of'];
    return ['a program or object file for Unix (ELF)', LINK];
  }
  if (head.startsWith('\xca\xfe\xba\xbe')) {
    // A universal binary counts its few architectures where a class has its version.
    const mac = head.length >= 8 && head.charCodeAt(6) === 0 && head.charCodeAt(7) < 40;
    return mac ? ['a program for macOS (Mach-O)', LINK] : ['a Java class', 'give a .wasm file'];
  }
  if (head.slice(257, 262) === 'ustar') {
    const npm = head.startsWith('package/') ? ' (an npm package?)' : '';
    return [`a tar archive${npm}`, UNPACK];
  }
  const found = signatures.find(([magic]) => head.startsWith(magic));
  if (found) return [found[1], found[2]];
  const utf16 = /^(?:[^\0]\0[^\0]\0|\0[^\0]\0[^\0])/.test(head);
  return utf16 ? ['UTF-16 text', 'save it as UTF-8'] : undefined;
};

/** The beginning of what was compressed, or undefined. */
const unpacked = (unpack: () => Uint8Array): Uint8Array | undefined => {
  try {
    const bytes = unpack();
    return bytes.length > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
};

/** Data compressed by what this host can undo: what is in it matters more than by what. */
const compressed = (bytes: Uint8Array, head: string): [string, string] | undefined => {
  const start = bytes.subarray(0, HEAD);
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST };
  if (head.startsWith('\x1f\x8b')) {
    const inner = unpacked(() => gunzipSync(start, options));
    const what = inner && nameOf(inner);
    const archive = what?.startsWith('a tar');
    return [
      `compressed by gzip${what === undefined ? '' : `: inside is ${what}`}`,
      archive ? `${UNPACK} (tar xzf)` : 'unpack it first (gunzip)',
    ];
  }
  // These have no signature: only what is a module when it is unpacked is known.
  const zlib = unpacked(() => inflateSync(start, options));
  if (zlib && isWasm(zlib)) return ['compressed by zlib: inside is a module', 'unpack it first'];
  const flush = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MOST };
  const brotli = unpacked(() => brotliDecompressSync(start, flush));
  if (!brotli || !isWasm(brotli)) return undefined;
  return ['compressed by brotli: inside is a module', 'unpack it first (brotli -d)'];
};

const nameOf = (bytes: Uint8Array): string | undefined =>
  isWasm(bytes) ? 'a module' : bySignature(bytes, latin1(bytes.subarray(0, HEAD)))?.[0];

/**
 * Were these bytes of a module read as text once, so that what is no UTF-8 became U+FFFD? Some tools do
 * that to a `.wasm` file; strings in a module may hold the character, but not this often.
 */
export const wasReadAsText = (bytes: Uint8Array): boolean => {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD));
  let count = 0;
  for (let i = start.indexOf('\ufffd'); i >= 0; i = start.indexOf('\ufffd', i + 3)) count++;
  return isWasm(bytes) && count >= 3 && count > start.length / 100;
};

/** Text without control characters, as far as its beginning shows. */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const text = decoder.decode(bytes.subarray(0, HEAD), { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell text from other bytes
    return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
};

const isJson = (text: string, whole: boolean): boolean => {
  if (!/^\s*(?:\{\s*["}]|\[)/.test(text)) return false;
  if (!whole) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Text that holds the bytes of a module. */
const encoded = (text: string): [string, string] | undefined => {
  const base64 = 'decode it first (base64 -d)';
  if (/^\s*data:[^,]*;base64,/.test(text))
    return ['a data: URL', 'decode what is behind the comma'];
  if (/^\s*["']?AGFzbQ/.test(text)) return ['a module as base64 text', base64];
  if (/^\s*H4sIA[A-Za-z0-9+/\s]+=*\s*$/.test(text)) return ['a gzip file as base64 text', base64];
  const hex = text.slice(0, 200).replace(/^\s*(?:0+:?\s)?/, '');
  if (/^(?:0x)?00[\s,]*(?:0x)?61[\s,]*(?:0x)?73[\s,]*(?:0x)?6d/i.test(hex)) {
    return ['a module as hexadecimal digits', 'turn it into bytes first (xxd -r)'];
  }
  return undefined;
};

/** What a text is, if it is known. */
const ofText = (text: string, whole: boolean): [string, string] | undefined => {
  const start = text.replace(/^\ufeff/, '');
  if (start.trim() === '') return ['empty but for white space', 'give a .wasm or .wat file'];
  if (/^version https:\/\/git-lfs/.test(start)) {
    return ['a pointer of Git LFS, not the file itself', 'git lfs pull brings it'];
  }
  if (/^\s*<(?:!doctype html|html|head|body|script)/i.test(start)) {
    return ['a web page', 'the download went wrong: look at the address'];
  }
  if (/^\s*<(?:\?xml|[a-z][\w:-]*[\s>])/i.test(start)) return ['XML', 'give a .wasm or .wat file'];
  if (isJson(start, whole)) return ['JSON', 'give a .wasm or .wat file'];
  const code = encoded(start);
  if (code) return code;
  if (/^\s*(?:(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)\s*)*package\s+[\w-]+:[\w-]+/.test(start)) {
    return ['an interface (WIT)', 'build a module from it first'];
  }
  if (/^#!.*\b(?:sh|bash|zsh)\b/.test(start)) return ['a shell script', 'give a .wasm file'];
  if (/^\s*#\s*include\b|^(?:int|void)\s+main\s*\(/m.test(start)) return ['C or C++', LINK];
  if (/^\s*(?:pub\s+)?fn\s+\w+|^\s*#!\[\w+/m.test(start)) {
    return ['Rust', 'compile it for WebAssembly first (rustc --target wasm32-wasip1)'];
  }
  if (/^#!.*\b(?:node|deno|bun)\b/.test(start) || STATEMENTS.test(start)) {
    return JAVASCRIPT;
  }
  return undefined;
};

const STATEMENTS =
  /['"]use strict['"]|\bfunction\b[^\n]*\(|=>|\brequire\(|^\s*(?:import|export)\b|^\s*(?:var|let|const)\s+[\w$]+\s*=/m;

/** Any other text. */
const TEXT: [string, string] = [
  'text, and no WebAssembly text',
  'that begins with "(", a module with 00 61 73 6d',
];

const plain = (bytes: Uint8Array): [string, string] => {
  if (bytes.every((byte) => byte === 0)) {
    return ['nothing but zero bytes', 'the download went wrong, or the file was cut'];
  }
  const first = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return ['no WebAssembly', `a module begins with 00 61 73 6d, this with ${first.join(' ')}`];
};

/**
 * Says what bytes are that are neither a module nor WebAssembly text.
 * @param named does the file's name promise WebAssembly text? Then other text is an error in it.
 * @returns what it is and what to do, in one line; undefined for what may be a module, or text
 */
export const foreign = (bytes: Uint8Array, named: boolean): string | undefined => {
  const found = isWasm(bytes) ? otherWasm(bytes) : otherThanWasm(bytes, named);
  return found && `this is ${found[0]}: ${found[1]}`;
};

const otherThanWasm = (bytes: Uint8Array, named: boolean): [string, string] | undefined => {
  // The beginning of a module: the decoder says where it ends.
  if (bytes.length < 4 && MAGIC.startsWith(latin1(bytes))) return undefined;
  const head = latin1(bytes.subarray(0, 512));
  const known = bySignature(bytes, head);
  if (known) return known;
  const text = textOf(bytes);
  if (text === undefined && isText(bytes)) return undefined;
  if (text === undefined) return compressed(bytes, head) ?? plain(bytes);
  if (isText(bytes)) return SCRIPT.test(text) ? JAVASCRIPT : undefined;
  const found = ofText(text, bytes.length <= HEAD);
  return found ?? (named ? undefined : TEXT);
};

/** Begins like WebAssembly text, with a parenthesis, and is none. */
const SCRIPT = /^\s*\(\s*(?:function\b|async\b|[({['"!)])/;
const JAVASCRIPT: [string, string] = ['JavaScript', 'give the .wasm file that it loads'];
