/**
 * The digest by which modules that were built ahead are found: the length of the bytes and their SHA-256 (FIPS 180-4),
 * so that no module is taken for another. It is needed at once (`new Module` cannot wait), which `crypto.subtle` is not
 * made for: the host's own SHA-256 is used where it has one that is synchronous, else the one below.
 */

const words = (hex: string): Int32Array =>
  Int32Array.from(
    { length: hex.length / 8 },
    (_, i) => Number(`0x${hex.slice(i * 8, i * 8 + 8)}`) | 0,
  );

/** Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const CONSTANTS = words(
  '428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be' +
    '550c7dc372be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa' +
    '5cb0a9dc76f988da983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a85' +
    '2e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664bc24b8b70c76c51a3' +
    'd192e819d6990624f40e3585106aa07019a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f' +
    '682e6ff3748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2',
);
/** Section 5.3.3: the same of the square roots of the first eight. */
const INITIAL = words('6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19');

/** Section 6.2.2 for one block: W is its message schedule, of which the first 16 words are set. */
function addBlock(hash: Int32Array, W: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15]!;
    const y = W[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[t] = (W[t - 16]! + s0 + W[t - 7]! + s1) | 0;
  }
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  let e = hash[4]!;
  let f = hash[5]!;
  let g = hash[6]!;
  let h = hash[7]!;
  for (let t = 0; t < 64; t++) {
    const S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const T1 = (h + S1 + (g ^ (e & (f ^ g))) + CONSTANTS[t]! + W[t]!) | 0;
    const S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const T2 = (S0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + T1) | 0;
    d = c;
    c = b;
    b = a;
    a = (T1 + T2) | 0;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
  hash[5]! += f;
  hash[6]! += g;
  hash[7]! += h;
}

/**
 * SHA-256 in JavaScript, for hosts that have none at hand.
 * @returns 64 hexadecimal digits
 */
export function sha256(bytes: Uint8Array): string {
  const hash = INITIAL.slice();
  const W = new Int32Array(64);
  const { length } = bytes;
  const whole = length - (length % 64);
  const fill = (from: Uint8Array, start: number): void => {
    for (let t = 0, i = start; t < 16; t++, i += 4)
      W[t] = (from[i]! << 24) | (from[i + 1]! << 16) | (from[i + 2]! << 8) | from[i + 3]!;
    addBlock(hash, W);
  };
  for (let start = 0; start < whole; start += 64) fill(bytes, start);
  // Section 5.1.1: one bit, zeros, the length in bits.
  const tail = new Uint8Array(length - whole < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[length - whole] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(tail.length - 4, length << 3);
  for (let start = 0; start < tail.length; start += 64) fill(tail, start);
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

interface NodeCrypto {
  createHash(name: string): { update(bytes: Uint8Array): { digest(encoding: 'hex'): string } };
}

/** The host's own SHA-256: Node's, Bun's, Deno's and workerd's module of the same name. */
function hostSha256(): ((bytes: Uint8Array) => string) | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  try {
    const crypto = process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined;
    return crypto && ((bytes) => crypto.createHash('sha256').update(bytes).digest('hex'));
  } catch {
    return undefined;
  }
}

let hash: ((bytes: Uint8Array) => string) | undefined;

/**
 * The digest of a module.
 * @returns its length and its SHA-256, as `1234-e3b0…`
 */
export function moduleDigest(bytes: Uint8Array): string {
  hash ??= hostSha256() ?? sha256;
  return `${bytes.length}-${hash(bytes)}`;
}

/**
 * The same, where there is time: pages have a fast SHA-256 that gives a promise.
 * @param bytes must not change until the promise is settled
 */
export async function moduleDigestLater(bytes: Uint8Array): Promise<string> {
  hash ??= hostSha256() ?? sha256;
  const { crypto } = globalThis as { crypto?: Crypto };
  if (hash !== sha256 || crypto?.subtle === undefined) return moduleDigest(bytes);
  try {
    const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
    const digits = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
    return `${bytes.length}-${digits.join('')}`;
  } catch {
    return moduleDigest(bytes);
  }
}
