// Argon2's compression: rounds of BlaMka over blocks of 1 KiB.
#include "simd.h"
#define WORDS 128
#if SIMD
static v128_t r[WORDS / 2], z[WORDS / 2];
static inline v128_t blamka(v128_t x, v128_t y) {
  v128_t low = wasm_u64x2_extmul_low_u32x4(wasm_i32x4_shuffle(x, x, 0, 2, 0, 2), wasm_i32x4_shuffle(y, y, 0, 2, 0, 2));
  return wasm_i64x2_add(wasm_i64x2_add(x, y), wasm_i64x2_shl(low, 1));
}
#define ROTR(x, k) wasm_v128_or(wasm_u64x2_shr(x, k), wasm_i64x2_shl(x, 64 - (k)))
#define HALF(a, b, c, d, k, l) \
  a = blamka(a, b), d = ROTR(wasm_v128_xor(d, a), k), c = blamka(c, d), b = ROTR(wasm_v128_xor(b, c), l)
static inline void permute(v128_t *p, int s) {
  // Four pairs of columns, then their diagonals.
  v128_t a0 = p[0], a1 = p[s], b0 = p[2 * s], b1 = p[3 * s], c0 = p[4 * s], c1 = p[5 * s], d0 = p[6 * s], d1 = p[7 * s];
  HALF(a0, b0, c0, d0, 32, 24); HALF(a1, b1, c1, d1, 32, 24);
  HALF(a0, b0, c0, d0, 16, 63); HALF(a1, b1, c1, d1, 16, 63);
  v128_t t0 = wasm_i64x2_shuffle(b0, b1, 1, 2), t1 = wasm_i64x2_shuffle(b1, b0, 1, 2);
  v128_t u0 = wasm_i64x2_shuffle(d1, d0, 1, 2), u1 = wasm_i64x2_shuffle(d0, d1, 1, 2);
  HALF(a0, t0, c1, u0, 32, 24); HALF(a1, t1, c0, u1, 32, 24);
  HALF(a0, t0, c1, u0, 16, 63); HALF(a1, t1, c0, u1, 16, 63);
  b0 = wasm_i64x2_shuffle(t1, t0, 1, 2), b1 = wasm_i64x2_shuffle(t0, t1, 1, 2);
  d0 = wasm_i64x2_shuffle(u0, u1, 1, 2), d1 = wasm_i64x2_shuffle(u1, u0, 1, 2);
  p[0] = a0, p[s] = a1, p[2 * s] = b0, p[3 * s] = b1, p[4 * s] = c0, p[5 * s] = c1, p[6 * s] = d0, p[7 * s] = d1;
}
static void compress(void) {
  memcpy(z, r, sizeof r);
  for (int i = 0; i < 8; i++) permute(z + 8 * i, 1);
  for (int i = 0; i < 8; i++) permute(z + i, 8);
  for (int i = 0; i < WORDS / 2; i++) r[i] = wasm_v128_xor(r[i], z[i]);
}
#else
static uint64_t r[WORDS], z[WORDS];
static inline uint64_t blamka(uint64_t x, uint64_t y) { return x + y + 2 * (uint64_t)(uint32_t)x * (uint32_t)y; }
#define HALF(a, b, c, d, k, l) \
  a = blamka(a, b), d = rotr64(d ^ a, k), c = blamka(c, d), b = rotr64(b ^ c, l)
#define G(a, b, c, d) HALF(a, b, c, d, 32, 24); HALF(a, b, c, d, 16, 63)
#define AT(k) p[(k) / 2 * s + (k) % 2]
static inline void permute(uint64_t *p, int s) {
  G(AT(0), AT(4), AT(8), AT(12)); G(AT(1), AT(5), AT(9), AT(13)); G(AT(2), AT(6), AT(10), AT(14)); G(AT(3), AT(7), AT(11), AT(15));
  G(AT(0), AT(5), AT(10), AT(15)); G(AT(1), AT(6), AT(11), AT(12)); G(AT(2), AT(7), AT(8), AT(13)); G(AT(3), AT(4), AT(9), AT(14));
}
static void compress(void) {
  memcpy(z, r, sizeof r);
  for (int i = 0; i < 8; i++) permute(z + 16 * i, 2);
  for (int i = 0; i < 8; i++) permute(z + 2 * i, 16);
  for (int i = 0; i < WORDS; i++) r[i] ^= z[i];
}
#endif
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 21, sum = 0;
  uint32_t *words = (uint32_t *)r;
  for (int i = 0; i < 2 * WORDS; i++) words[i] = next_random(&seed);
  while (n-- > 0) {
    compress();
    sum = mix(sum, words[n & 255]);
  }
  return (int32_t)sum;
}
