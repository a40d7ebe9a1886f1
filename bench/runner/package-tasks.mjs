/**
 * Modules of npm packages whose exports need no script of their package, one task for each: a step does what a
 * user's first call does. Runs in any shell of an engine (`bench/src/nojit-programs.ts`), so it imports nothing.
 */

/** Bytes that look like text: words of a few letters, by a fixed sequence. */
const text = (length) => {
  const bytes = new Uint8Array(length);
  let seed = 42;
  for (let i = 0; i < length; i++) {
    seed = (seed * 48271) % 2147483647;
    bytes[i] = seed % 6 === 0 ? 32 : 97 + ((seed >> 4) % (1 + ((seed >> 8) % 18)));
  }
  return bytes;
};

const ascii = (string) => Uint8Array.from(string, (char) => char.charCodeAt(0));

/** FNV-1a of some bytes, as a number. */
const digest = (bytes, from = 0x811c9dc5) => {
  let hash = from;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
};

const noImports = () => {
  throw new Error('the module called out');
};
/** Whatever a script of wasm-bindgen would give. */
const bindgen = { __wbindgen_placeholder__: new Proxy({}, { get: () => noImports }) };

/** A function of wasm-bindgen from bytes to bytes. */
const bytesByBindgen = (wasm, name, input) => {
  const result = wasm.__wbindgen_add_to_stack_pointer(-16);
  const pointer = wasm.__wbindgen_malloc(input.length, 1);
  new Uint8Array(wasm.memory.buffer, pointer, input.length).set(input);
  wasm[name](result, pointer, input.length);
  const [at, length] = new Int32Array(wasm.memory.buffer, result, 2);
  const output = new Uint8Array(wasm.memory.buffer, at, length).slice();
  wasm.__wbindgen_add_to_stack_pointer(16);
  return output;
};

/** There and back by a package of wasm-bindgen that compresses. */
const compressor = ({ instantiate, outside }, size) => {
  const wasm = instantiate(bindgen);
  const input = outside(() => text(size));
  return () => {
    const packed = bytesByBindgen(wasm, 'compress', input);
    const back = bytesByBindgen(wasm, 'decompress', packed);
    return `${packed.length} ${digest(packed)} ${digest(back) === digest(input)}`;
  };
};

/** Arithmetic of a curve: `rounds` products in the field, then a multiple of a point. */
const curve = (bytes, point) => (context, rounds) => {
  const limits = { initial: 32 };
  const memory = context.memory(limits);
  const wasm = context.instantiate({ env: { memory } });
  const [a, b, scalar] = [1, 2, 3].map((i) => (1 << 20) + 1024 * i);
  return () => {
    const view = new Uint8Array(memory.buffer);
    for (let i = 0; i < bytes - 1; i++) {
      view[a + i] = 7 * i + 1;
      view[scalar + i] = 5 * i + 3;
    }
    view[a + bytes - 1] = 0;
    wasm.f1m_toMontgomery(a, a);
    wasm.f1m_one(b);
    for (let i = 0; i < rounds; i++) wasm.f1m_mul(b, a, b);
    wasm.f1m_inverse(b, b);
    wasm.f1m_fromMontgomery(b, b);
    const product = digest(view.subarray(b, b + bytes));
    wasm.g1m_timesScalar(point, scalar, bytes >> 1, b);
    wasm.g1m_normalize(b, b);
    return `${product} ${digest(view.subarray(b, b + 3 * bytes))}`;
  };
};

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const vlq = (value) => {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let digits = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    digits += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return digits;
};

/** What a global is: compilers hand out its value, or an object that has it. */
const numberOf = (global) => Number(Object(global).value ?? global);

export const tasks = {
  /** Hashes 512 bytes at once, and pairs of hashes, so often. */
  sha256: ({ instantiate, outside }, rounds) => {
    const wasm = instantiate({ env: { abort: noImports } });
    const [input, output] = [numberOf(wasm.input), numberOf(wasm.output)];
    const bytes = outside(() => text(512));
    return () => {
      const found = new Uint8Array(wasm.memory.buffer, output, 32);
      const given = new Uint8Array(wasm.memory.buffer, input, 512);
      given.set(bytes);
      for (let i = 0; i < rounds; i++) {
        wasm.digest(512 - (i & 63));
        given.set(found, 32 * (i & 7));
        wasm.digest64(input, output);
        given.set(found, 32 * (i & 15));
      }
      return String(digest(found));
    };
  },
  /** Encrypts some bytes, and makes their tag. */
  chacha20poly1305: ({ instantiate, outside }, size) => {
    const wasm = instantiate({ env: { abort: noImports } });
    const at = (name, length) => new Uint8Array(wasm.memory.buffer, numberOf(wasm[name]), length);
    const length = numberOf(wasm.CHACHA20_INPUT_LENGTH);
    const input = outside(() => text(size));
    return () => {
      at('chacha20Key', 32).set(input.subarray(7, 39));
      at('chacha20Counter', 16).set(input.subarray(50, 66));
      at('poly1305Key', 32).set(input.subarray(90, 122));
      wasm.poly1305Init();
      for (let i = 0; i < size; i += length) {
        const part = input.subarray(i, i + length);
        at('chacha20Input', length).set(part);
        const count = wasm.chacha20StreamXORUpdate(part.length);
        at('poly1305Input', length).set(at('chacha20Output', count));
        wasm.poly1305Update(count);
      }
      wasm.poly1305Digest();
      return String(digest(at('poly1305Output', 16)));
    };
  },
  /** Parses the mappings of a source map, and hands them out in two orders. */
  'source-map': ({ instantiate, outside }, size) => {
    let sum = 0;
    const mapping_callback = (...fields) => {
      for (const field of fields) sum = (Math.imul(sum, 31) + Number(field)) | 0;
    };
    const wasm = instantiate({ env: { mapping_callback } });
    const mappings = outside(() => {
      const segments = Array.from({ length: size }, (_, i) => {
        const fields = [2 + (i % 9), i % 50 === 0 ? 1 : 0, i % 7 === 0 ? 1 : 0, ((i + 6) % 13) - 6];
        return (i % 12 === 0 ? ';' : ',') + fields.map(vlq).join('');
      });
      return ascii(segments.join('').slice(1));
    });
    return () => {
      const pointer = wasm.allocate_mappings(mappings.length);
      new Uint8Array(wasm.memory.buffer, pointer, mappings.length).set(mappings);
      const parsed = wasm.parse_mappings(pointer);
      if (parsed === 0) return `error ${wasm.get_last_error()}`;
      wasm.compute_column_spans(parsed);
      wasm.by_generated_location(parsed);
      wasm.by_original_location(parsed);
      return String(sum);
    };
  },
  snappy: compressor,
  lz4: compressor,
  /** Hashes some bytes. */
  blake3: ({ instantiate, outside }, size) => {
    const wasm = instantiate(bindgen);
    const input = outside(() => text(size));
    return () => {
      const pointer = wasm.__wbindgen_malloc(size, 1);
      const out = wasm.__wbindgen_malloc(32, 1);
      new Uint8Array(wasm.memory.buffer, pointer, size).set(input);
      wasm.hash(pointer, size, out, 32);
      return String(digest(new Uint8Array(wasm.memory.buffer, out, 32)));
    };
  },
  /** Encodes a picture of so many rows as PNG, and decodes it again. */
  lodepng: ({ instantiate }, rows) => {
    const wasm = instantiate({});
    wasm._initialize();
    const width = 160;
    const size = 4 * width * rows;
    return () => {
      const pixels = wasm.malloc(size);
      const view = new Uint8Array(wasm.memory.buffer, pixels, size);
      for (let i = 0; i < size; i++) view[i] = (i & 3) === 3 ? 255 : ((i >> 2) % 160) ^ (i / 640);
      const before = digest(view);
      const result = wasm.malloc(12);
      const words = () => new Uint32Array(wasm.memory.buffer, result, 3);
      let error = wasm.lodepng_encode32(result, result + 4, pixels, width, rows);
      const [png, length] = words();
      const packed = digest(new Uint8Array(wasm.memory.buffer, png, length));
      error ||= wasm.lodepng_decode32(result, result + 4, result + 8, png, length);
      const [back] = words();
      const same = digest(new Uint8Array(wasm.memory.buffer, back, size)) === before;
      return `${error} ${length} ${packed} ${same}`;
    };
  },
  bls12381: curve(48, 0x8000),
  bn128: curve(32, 0x7000),
  /** Formats a program in Go. */
  gofmt: ({ instantiate, outside }, size) => {
    const wasm = instantiate({});
    wasm._initialize();
    const source = outside(() => {
      const functions = Array.from(
        { length: size },
        (_, i) =>
          `func f${i}( a,b int )int{ if a>b {return a+ ${i}*b }\nx:=[]int{1,2,${i}}\nreturn x[ 0 ]}`,
      );
      return ascii(`package main\n${functions.join('\n')}\n`);
    });
    return () => {
      const pointer = wasm.alloc(source.length);
      new Uint8Array(wasm.memory.buffer, pointer, source.length).set(source);
      const status = wasm.format();
      const [at, length] = [wasm.output_ptr(), wasm.output_len()];
      return `${status} ${length} ${digest(new Uint8Array(wasm.memory.buffer, at, length))}`;
    };
  },
  /** Hashes a memory with 32 and 64 bits, so many times. */
  xxhash: ({ instantiate, outside }, rounds) => {
    const wasm = instantiate({});
    const at = 1024;
    const memory = wasm.mem;
    const length = memory.buffer.byteLength - at;
    new Uint8Array(memory.buffer, at, length).set(outside(() => text(length)));
    return () => {
      let sum = 0;
      for (let i = 0; i < rounds; i++) {
        sum = (Math.imul(sum, 31) + wasm.xxh32(at, length - (i & 63), i)) | 0;
        sum =
          (Math.imul(sum, 31) +
            Number(BigInt.asIntN(32, BigInt(wasm.xxh64(at, length - (i & 63), 7n))))) |
          0;
      }
      return String(sum);
    };
  },
};
