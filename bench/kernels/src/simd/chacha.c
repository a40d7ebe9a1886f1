// ChaCha20: the rows of the state as vectors.
#include "simd.h"
static uint32_t out[16];
static void block(const uint32_t *key) {
#if SIMD
  v128_t a0 = wasm_v128_load(key), b0 = wasm_v128_load(key + 4), c0 = wasm_v128_load(key + 8), d0 = wasm_v128_load(key + 12);
  v128_t a = a0, b = b0, c = c0, d = d0;
#define QUARTERS \
  a = wasm_i32x4_add(a, b), d = wasm_v128_xor(d, a), d = ROTL(d, 16); \
  c = wasm_i32x4_add(c, d), b = wasm_v128_xor(b, c), b = ROTL(b, 12); \
  a = wasm_i32x4_add(a, b), d = wasm_v128_xor(d, a), d = ROTL(d, 8); \
  c = wasm_i32x4_add(c, d), b = wasm_v128_xor(b, c), b = ROTL(b, 7)
  for (int i = 0; i < 10; i++) {
    QUARTERS;
    b = wasm_i32x4_shuffle(b, b, 1, 2, 3, 0), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 3, 0, 1, 2);
    QUARTERS;
    b = wasm_i32x4_shuffle(b, b, 3, 0, 1, 2), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 1, 2, 3, 0);
  }
  wasm_v128_store(out, wasm_i32x4_add(a, a0)), wasm_v128_store(out + 4, wasm_i32x4_add(b, b0));
  wasm_v128_store(out + 8, wasm_i32x4_add(c, c0)), wasm_v128_store(out + 12, wasm_i32x4_add(d, d0));
#else
  uint32_t x[16];
  memcpy(x, key, sizeof x);
#define QUARTER(a, b, c, d) \
  x[a] += x[b], x[d] = rotl32(x[d] ^ x[a], 16), x[c] += x[d], x[b] = rotl32(x[b] ^ x[c], 12); \
  x[a] += x[b], x[d] = rotl32(x[d] ^ x[a], 8), x[c] += x[d], x[b] = rotl32(x[b] ^ x[c], 7)
  for (int i = 0; i < 10; i++) {
    QUARTER(0, 4, 8, 12); QUARTER(1, 5, 9, 13); QUARTER(2, 6, 10, 14); QUARTER(3, 7, 11, 15);
    QUARTER(0, 5, 10, 15); QUARTER(1, 6, 11, 12); QUARTER(2, 7, 8, 13); QUARTER(3, 4, 9, 14);
  }
  for (int i = 0; i < 16; i++) out[i] = x[i] + key[i];
#endif
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 5, sum = 0, key[16];
  for (int i = 0; i < 16; i++) key[i] = next_random(&seed);
  while (n-- > 0) {
    block(key);
    key[12]++;
    sum = mix(sum, out[n & 15]);
  }
  return (int32_t)sum;
}
