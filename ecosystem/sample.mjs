/**
 * What drivers share: input that is the same everywhere, and one line of output for each result.
 * Nothing in here knows of WebAssembly.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The CommonJS `require` of this folder's packages. */
export const require = createRequire(import.meta.url);

/** The bytes of a file inside a package, by its path under node_modules. */
export const file = (path) => readFileSync(new URL(`node_modules/${path}`, import.meta.url));

/** Pseudo-random bytes (a linear congruential generator), the same for the same seed. */
export const noise = (length, seed = 1) => {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
};

const WORDS =
  'the quick brown fox jumps over a lazy dog while compilers turn loops into tables'.split(' ');

/** Words in a pseudo-random order: text that compresses. */
export const text = (words, seed = 1) =>
  Array.from(noise(words, seed), (byte) => WORDS[byte % WORDS.length]).join(' ');

/** A picture of RGBA pixels: gradients and some noise, opaque. */
export const picture = (width, height) => {
  const data = new Uint8ClampedArray(width * height * 4);
  const grain = noise(width * height, 7);
  for (let i = 0; i < grain.length; i++) {
    const x = i % width;
    const y = Math.floor(i / width);
    data.set([(x * 255) / width, (y * 255) / height, grain[i] >> 2, 255], i * 4);
  }
  return { data, width, height, colorSpace: 'srgb' };
};

const bytesOf = (value) =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

/** A value as text: bytes and long texts as length and digest, others as JSON. */
const shown = (value) => {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const bytes = bytesOf(value);
    return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
  }
  const plain = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  if (plain.length <= 160) return plain;
  return `${plain.length} characters ${createHash('sha256').update(plain).digest('hex').slice(0, 16)}`;
};

/** Prints one line. */
export const show = (label, value) => console.log(`${label}: ${shown(value)}`);

/** Runs something that must throw and prints the error's name and message. */
export const fails = async (label, run) => {
  try {
    await run();
  } catch (error) {
    show(
      label,
      `${error?.name ?? typeof error}: ${String(error?.message ?? error).split('\n')[0]}`,
    );
    return;
  }
  throw new Error(`${label}: nothing was thrown`);
};

/** `ImageData`, which codecs for browsers return and Node does not have. */
export const imageData = () => {
  globalThis.ImageData ??= class ImageData {
    constructor(data, width, height) {
      if (typeof data === 'number') {
        this.data = new Uint8ClampedArray(data * width * 4);
        this.width = data;
        this.height = width;
      } else {
        this.data = data;
        this.width = width;
        this.height = height ?? data.length / 4 / width;
      }
    }
  };
};
