// The inverse cosine transform of JPEG, in integers: 8×8 coefficients to bytes.
#include "simd.h"
#define BLOCKS 32
static int16_t coefficients[BLOCKS][64];
static uint8_t pixels[BLOCKS][64];
#if SIMD
typedef v128_t V;
#define ADD wasm_i32x4_add
#define SUB wasm_i32x4_sub
#define TIMES(x, k) wasm_i32x4_mul(x, wasm_i32x4_splat(k))
#define DOWN(x, k) wasm_i32x4_shr(ADD(x, wasm_i32x4_splat(1 << ((k) - 1))), k)
#define UP(x, k) wasm_i32x4_shl(x, k)
#else
typedef int32_t V;
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define TIMES(x, k) ((x) * (k))
#define DOWN(x, k) (((x) + (1 << ((k) - 1))) >> (k))
#define UP(x, k) ((int32_t)((uint32_t)(x) << (k)))
#endif
/** One dimension, of eight values (Loeffler, Ligtenberg and Moschytz). */
static inline void transform(V *v, int shift) {
  V z1 = TIMES(ADD(v[2], v[6]), 4433);
  V t2 = SUB(z1, TIMES(v[6], 15137)), t3 = ADD(z1, TIMES(v[2], 6270));
  V t0 = UP(ADD(v[0], v[4]), 13), t1 = UP(SUB(v[0], v[4]), 13);
  V e0 = ADD(t0, t3), e3 = SUB(t0, t3), e1 = ADD(t1, t2), e2 = SUB(t1, t2);
  V a = v[7], b = v[5], c = v[3], d = v[1];
  V p1 = ADD(a, d), p2 = ADD(b, c), p3 = ADD(a, c), p4 = ADD(b, d), p5 = TIMES(ADD(p3, p4), 9633);
  a = TIMES(a, 2446), b = TIMES(b, 16819), c = TIMES(c, 25172), d = TIMES(d, 12299);
  p1 = TIMES(p1, -7373), p2 = TIMES(p2, -20995), p3 = ADD(TIMES(p3, -16069), p5), p4 = ADD(TIMES(p4, -3196), p5);
  a = ADD(a, ADD(p1, p3)), b = ADD(b, ADD(p2, p4)), c = ADD(c, ADD(p2, p3)), d = ADD(d, ADD(p1, p4));
  v[0] = DOWN(ADD(e0, d), shift), v[7] = DOWN(SUB(e0, d), shift), v[1] = DOWN(ADD(e1, c), shift), v[6] = DOWN(SUB(e1, c), shift);
  v[2] = DOWN(ADD(e2, b), shift), v[5] = DOWN(SUB(e2, b), shift), v[3] = DOWN(ADD(e3, a), shift), v[4] = DOWN(SUB(e3, a), shift);
}
#if SIMD
static inline void transpose(V *a, V *b, V *c, V *d) {
  V x = wasm_i32x4_shuffle(*a, *b, 0, 4, 1, 5), y = wasm_i32x4_shuffle(*a, *b, 2, 6, 3, 7);
  V z = wasm_i32x4_shuffle(*c, *d, 0, 4, 1, 5), w = wasm_i32x4_shuffle(*c, *d, 2, 6, 3, 7);
  *a = wasm_i64x2_shuffle(x, z, 0, 2), *b = wasm_i64x2_shuffle(x, z, 1, 3);
  *c = wasm_i64x2_shuffle(y, w, 0, 2), *d = wasm_i64x2_shuffle(y, w, 1, 3);
}
static void idct(const int16_t *in, uint8_t *out) {
  V l[8], h[8];
  for (int i = 0; i < 8; i++) {
    V row = wasm_v128_load(in + 8 * i);
    l[i] = wasm_i32x4_extend_low_i16x8(row), h[i] = wasm_i32x4_extend_high_i16x8(row);
  }
  transform(l, 11), transform(h, 11);
  transpose(l, l + 1, l + 2, l + 3), transpose(l + 4, l + 5, l + 6, l + 7);
  transpose(h, h + 1, h + 2, h + 3), transpose(h + 4, h + 5, h + 6, h + 7);
  V m[8] = {l[0], l[1], l[2], l[3], h[0], h[1], h[2], h[3]}, n[8] = {l[4], l[5], l[6], l[7], h[4], h[5], h[6], h[7]};
  transform(m, 18), transform(n, 18);
  transpose(m, m + 1, m + 2, m + 3), transpose(m + 4, m + 5, m + 6, m + 7);
  transpose(n, n + 1, n + 2, n + 3), transpose(n + 4, n + 5, n + 6, n + 7);
  const V half = wasm_i16x8_splat(128);
  for (int i = 0; i < 4; i += 2) {
    V a = wasm_i16x8_add(wasm_i16x8_narrow_i32x4(m[i], m[i + 4]), half), b = wasm_i16x8_add(wasm_i16x8_narrow_i32x4(m[i + 1], m[i + 5]), half);
    wasm_v128_store(out + 8 * i, wasm_u8x16_narrow_i16x8(a, b));
    V c = wasm_i16x8_add(wasm_i16x8_narrow_i32x4(n[i], n[i + 4]), half), d = wasm_i16x8_add(wasm_i16x8_narrow_i32x4(n[i + 1], n[i + 5]), half);
    wasm_v128_store(out + 32 + 8 * i, wasm_u8x16_narrow_i16x8(c, d));
  }
}
#else
static void idct(const int16_t *in, uint8_t *out) {
  V all[64], v[8];
  for (int x = 0; x < 8; x++) {
    for (int i = 0; i < 8; i++) v[i] = in[8 * i + x];
    transform(v, 11);
    for (int i = 0; i < 8; i++) all[8 * i + x] = v[i];
  }
  for (int y = 0; y < 8; y++) {
    for (int i = 0; i < 8; i++) v[i] = all[8 * y + i];
    transform(v, 18);
    for (int i = 0; i < 8; i++) {
      int p = v[i] + 128;
      out[8 * y + i] = (uint8_t)(p < 0 ? 0 : p > 255 ? 255 : p);
    }
  }
}
#endif
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 13, sum = 0;
  for (int b = 0; b < BLOCKS; b++)
    for (int i = 0; i < 64; i++) {
      int range = 1200 / (1 + i);
      coefficients[b][i] = (int16_t)((int)(next_random(&seed) % (uint32_t)(2 * range + 1)) - range);
    }
  while (n-- > 0) {
    for (int b = 0; b < BLOCKS; b++) idct(coefficients[b], pixels[b]);
    sum = mix(sum, pixels[n % BLOCKS][n & 63]);
    coefficients[n % BLOCKS][n & 63] ^= 3;
  }
  for (int b = 0; b < BLOCKS; b++)
    for (int i = 0; i < 64; i++) sum = mix(sum, pixels[b][i]);
  return (int32_t)sum;
}
