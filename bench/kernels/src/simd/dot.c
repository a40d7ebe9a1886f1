// Dot products of f32 vectors, sixteen sums at a time.
#include "simd.h"
#define SIZE 4096
static float a[SIZE], b[SIZE];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 7, sum = 0;
  for (int i = 0; i < SIZE; i++) {
    a[i] = (float)(int32_t)next_random(&seed) / 2147483648.0f;
    b[i] = (float)(int32_t)next_random(&seed) / 2147483648.0f;
  }
  while (n-- > 0) {
    float s[16];
#if SIMD
    v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (int i = 0; i < SIZE; i += 16) {
      s0 = wasm_f32x4_add(s0, wasm_f32x4_mul(wasm_v128_load(a + i), wasm_v128_load(b + i)));
      s1 = wasm_f32x4_add(s1, wasm_f32x4_mul(wasm_v128_load(a + i + 4), wasm_v128_load(b + i + 4)));
      s2 = wasm_f32x4_add(s2, wasm_f32x4_mul(wasm_v128_load(a + i + 8), wasm_v128_load(b + i + 8)));
      s3 = wasm_f32x4_add(s3, wasm_f32x4_mul(wasm_v128_load(a + i + 12), wasm_v128_load(b + i + 12)));
    }
    wasm_v128_store(s, s0), wasm_v128_store(s + 4, s1);
    wasm_v128_store(s + 8, s2), wasm_v128_store(s + 12, s3);
#else
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
    float s8 = 0, s9 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0, s14 = 0, s15 = 0;
    for (int i = 0; i < SIZE; i += 16) {
      const float *p = a + i, *q = b + i;
      s0 += p[0] * q[0], s1 += p[1] * q[1], s2 += p[2] * q[2], s3 += p[3] * q[3];
      s4 += p[4] * q[4], s5 += p[5] * q[5], s6 += p[6] * q[6], s7 += p[7] * q[7];
      s8 += p[8] * q[8], s9 += p[9] * q[9], s10 += p[10] * q[10], s11 += p[11] * q[11];
      s12 += p[12] * q[12], s13 += p[13] * q[13], s14 += p[14] * q[14], s15 += p[15] * q[15];
    }
    float all[16] = {s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15};
    memcpy(s, all, sizeof s);
#endif
    float total = 0;
    for (int i = 0; i < 16; i++) total += s[i];
    sum = mix(sum, (uint32_t)(int32_t)(total * 1000.0f));
    a[(uint32_t)n % SIZE] += 0.25f;
  }
  return (int32_t)sum;
}
