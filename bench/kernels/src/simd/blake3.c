// BLAKE3's compression of one block, the state's rows as vectors.
#include "simd.h"
static const uint32_t iv[4] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a};
static const uint8_t order[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
static void compress(uint32_t *cv, const uint32_t *block, uint32_t counter) {
  uint32_t m[16], next[16];
  memcpy(m, block, sizeof m);
#if SIMD
  v128_t a = wasm_v128_load(cv), b = wasm_v128_load(cv + 4), c = wasm_v128_load(iv), d = wasm_i32x4_make((int32_t)counter, 0, 64, 11);
#define GATHER(i, j, k, l) wasm_i32x4_make((int32_t)m[i], (int32_t)m[j], (int32_t)m[k], (int32_t)m[l])
#define MIX(x, y) \
  a = wasm_i32x4_add(wasm_i32x4_add(a, b), x), d = wasm_v128_xor(d, a), d = ROTL(d, 16); \
  c = wasm_i32x4_add(c, d), b = wasm_v128_xor(b, c), b = ROTL(b, 20); \
  a = wasm_i32x4_add(wasm_i32x4_add(a, b), y), d = wasm_v128_xor(d, a), d = ROTL(d, 24); \
  c = wasm_i32x4_add(c, d), b = wasm_v128_xor(b, c), b = ROTL(b, 25)
  for (int r = 0; r < 7; r++) {
    MIX(GATHER(0, 2, 4, 6), GATHER(1, 3, 5, 7));
    b = wasm_i32x4_shuffle(b, b, 1, 2, 3, 0), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 3, 0, 1, 2);
    MIX(GATHER(8, 10, 12, 14), GATHER(9, 11, 13, 15));
    b = wasm_i32x4_shuffle(b, b, 3, 0, 1, 2), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 1, 2, 3, 0);
    for (int i = 0; i < 16; i++) next[i] = m[order[i]];
    memcpy(m, next, sizeof m);
  }
  wasm_v128_store(cv, wasm_v128_xor(a, c)), wasm_v128_store(cv + 4, wasm_v128_xor(b, d));
#else
  uint32_t v[16];
  memcpy(v, cv, 32), memcpy(v + 8, iv, 16);
  v[12] = counter, v[13] = 0, v[14] = 64, v[15] = 11;
#define G(a, b, c, d, x, y) \
  v[a] += v[b] + (x), v[d] = rotl32(v[d] ^ v[a], 16), v[c] += v[d], v[b] = rotl32(v[b] ^ v[c], 20); \
  v[a] += v[b] + (y), v[d] = rotl32(v[d] ^ v[a], 24), v[c] += v[d], v[b] = rotl32(v[b] ^ v[c], 25)
  for (int r = 0; r < 7; r++) {
    G(0, 4, 8, 12, m[0], m[1]); G(1, 5, 9, 13, m[2], m[3]); G(2, 6, 10, 14, m[4], m[5]); G(3, 7, 11, 15, m[6], m[7]);
    G(0, 5, 10, 15, m[8], m[9]); G(1, 6, 11, 12, m[10], m[11]); G(2, 7, 8, 13, m[12], m[13]); G(3, 4, 9, 14, m[14], m[15]);
    for (int i = 0; i < 16; i++) next[i] = m[order[i]];
    memcpy(m, next, sizeof m);
  }
  for (int i = 0; i < 8; i++) cv[i] = v[i] ^ v[i + 8];
#endif
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 29, cv[8], block[16];
  for (int i = 0; i < 8; i++) cv[i] = next_random(&seed);
  for (int i = 0; i < 16; i++) block[i] = next_random(&seed);
  while (n-- > 0) {
    compress(cv, block, (uint32_t)n);
    block[n & 15] ^= cv[n & 7];
  }
  uint32_t sum = 0;
  for (int i = 0; i < 8; i++) sum = mix(sum, cv[i]);
  return (int32_t)sum;
}
