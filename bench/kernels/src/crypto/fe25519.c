// The field of Curve25519 in ten signed words of 25.5 bits: n pairs of products.
#include "../kernel.h"
typedef int32_t fe[10];
static __attribute__((noinline)) void fe_mul(fe h, const fe f, const fe g) {
  int32_t f0 = f[0], g0 = g[0];
  int32_t f1 = f[1], g1 = g[1];
  int32_t f2 = f[2], g2 = g[2];
  int32_t f3 = f[3], g3 = g[3];
  int32_t f4 = f[4], g4 = g[4];
  int32_t f5 = f[5], g5 = g[5];
  int32_t f6 = f[6], g6 = g[6];
  int32_t f7 = f[7], g7 = g[7];
  int32_t f8 = f[8], g8 = g[8];
  int32_t f9 = f[9], g9 = g[9];
  int32_t g1_19 = 19 * g1;
  int32_t g2_19 = 19 * g2;
  int32_t g3_19 = 19 * g3;
  int32_t g4_19 = 19 * g4;
  int32_t g5_19 = 19 * g5;
  int32_t g6_19 = 19 * g6;
  int32_t g7_19 = 19 * g7;
  int32_t g8_19 = 19 * g8;
  int32_t g9_19 = 19 * g9;
  int32_t f1_2 = 2 * f1;
  int32_t f3_2 = 2 * f3;
  int32_t f5_2 = 2 * f5;
  int32_t f7_2 = 2 * f7;
  int32_t f9_2 = 2 * f9;
  int64_t h0 = f0 * (int64_t)g0 + f1_2 * (int64_t)g9_19 + f2 * (int64_t)g8_19 + f3_2 * (int64_t)g7_19 + f4 * (int64_t)g6_19 + f5_2 * (int64_t)g5_19 + f6 * (int64_t)g4_19 + f7_2 * (int64_t)g3_19 + f8 * (int64_t)g2_19 + f9_2 * (int64_t)g1_19;
  int64_t h1 = f0 * (int64_t)g1 + f1 * (int64_t)g0 + f2 * (int64_t)g9_19 + f3 * (int64_t)g8_19 + f4 * (int64_t)g7_19 + f5 * (int64_t)g6_19 + f6 * (int64_t)g5_19 + f7 * (int64_t)g4_19 + f8 * (int64_t)g3_19 + f9 * (int64_t)g2_19;
  int64_t h2 = f0 * (int64_t)g2 + f1_2 * (int64_t)g1 + f2 * (int64_t)g0 + f3_2 * (int64_t)g9_19 + f4 * (int64_t)g8_19 + f5_2 * (int64_t)g7_19 + f6 * (int64_t)g6_19 + f7_2 * (int64_t)g5_19 + f8 * (int64_t)g4_19 + f9_2 * (int64_t)g3_19;
  int64_t h3 = f0 * (int64_t)g3 + f1 * (int64_t)g2 + f2 * (int64_t)g1 + f3 * (int64_t)g0 + f4 * (int64_t)g9_19 + f5 * (int64_t)g8_19 + f6 * (int64_t)g7_19 + f7 * (int64_t)g6_19 + f8 * (int64_t)g5_19 + f9 * (int64_t)g4_19;
  int64_t h4 = f0 * (int64_t)g4 + f1_2 * (int64_t)g3 + f2 * (int64_t)g2 + f3_2 * (int64_t)g1 + f4 * (int64_t)g0 + f5_2 * (int64_t)g9_19 + f6 * (int64_t)g8_19 + f7_2 * (int64_t)g7_19 + f8 * (int64_t)g6_19 + f9_2 * (int64_t)g5_19;
  int64_t h5 = f0 * (int64_t)g5 + f1 * (int64_t)g4 + f2 * (int64_t)g3 + f3 * (int64_t)g2 + f4 * (int64_t)g1 + f5 * (int64_t)g0 + f6 * (int64_t)g9_19 + f7 * (int64_t)g8_19 + f8 * (int64_t)g7_19 + f9 * (int64_t)g6_19;
  int64_t h6 = f0 * (int64_t)g6 + f1_2 * (int64_t)g5 + f2 * (int64_t)g4 + f3_2 * (int64_t)g3 + f4 * (int64_t)g2 + f5_2 * (int64_t)g1 + f6 * (int64_t)g0 + f7_2 * (int64_t)g9_19 + f8 * (int64_t)g8_19 + f9_2 * (int64_t)g7_19;
  int64_t h7 = f0 * (int64_t)g7 + f1 * (int64_t)g6 + f2 * (int64_t)g5 + f3 * (int64_t)g4 + f4 * (int64_t)g3 + f5 * (int64_t)g2 + f6 * (int64_t)g1 + f7 * (int64_t)g0 + f8 * (int64_t)g9_19 + f9 * (int64_t)g8_19;
  int64_t h8 = f0 * (int64_t)g8 + f1_2 * (int64_t)g7 + f2 * (int64_t)g6 + f3_2 * (int64_t)g5 + f4 * (int64_t)g4 + f5_2 * (int64_t)g3 + f6 * (int64_t)g2 + f7_2 * (int64_t)g1 + f8 * (int64_t)g0 + f9_2 * (int64_t)g9_19;
  int64_t h9 = f0 * (int64_t)g9 + f1 * (int64_t)g8 + f2 * (int64_t)g7 + f3 * (int64_t)g6 + f4 * (int64_t)g5 + f5 * (int64_t)g4 + f6 * (int64_t)g3 + f7 * (int64_t)g2 + f8 * (int64_t)g1 + f9 * (int64_t)g0;
  int64_t c;
  c = (h0 + ((int64_t)1 << 25)) >> 26; h1 += c; h0 -= c * ((int64_t)1 << 26);
  c = (h4 + ((int64_t)1 << 25)) >> 26; h5 += c; h4 -= c * ((int64_t)1 << 26);
  c = (h1 + ((int64_t)1 << 24)) >> 25; h2 += c; h1 -= c * ((int64_t)1 << 25);
  c = (h5 + ((int64_t)1 << 24)) >> 25; h6 += c; h5 -= c * ((int64_t)1 << 25);
  c = (h2 + ((int64_t)1 << 25)) >> 26; h3 += c; h2 -= c * ((int64_t)1 << 26);
  c = (h6 + ((int64_t)1 << 25)) >> 26; h7 += c; h6 -= c * ((int64_t)1 << 26);
  c = (h3 + ((int64_t)1 << 24)) >> 25; h4 += c; h3 -= c * ((int64_t)1 << 25);
  c = (h7 + ((int64_t)1 << 24)) >> 25; h8 += c; h7 -= c * ((int64_t)1 << 25);
  c = (h4 + ((int64_t)1 << 25)) >> 26; h5 += c; h4 -= c * ((int64_t)1 << 26);
  c = (h8 + ((int64_t)1 << 25)) >> 26; h9 += c; h8 -= c * ((int64_t)1 << 26);
  c = (h9 + ((int64_t)1 << 24)) >> 25; h0 += 19 * c; h9 -= c * ((int64_t)1 << 25);
  c = (h0 + ((int64_t)1 << 25)) >> 26; h1 += c; h0 -= c * ((int64_t)1 << 26);
  h[0] = (int32_t)h0;
  h[1] = (int32_t)h1;
  h[2] = (int32_t)h2;
  h[3] = (int32_t)h3;
  h[4] = (int32_t)h4;
  h[5] = (int32_t)h5;
  h[6] = (int32_t)h6;
  h[7] = (int32_t)h7;
  h[8] = (int32_t)h8;
  h[9] = (int32_t)h9;
}
KERNEL int32_t run(int32_t n) {
  fe a, b;
  uint32_t seed = 7;
  for (int i = 0; i < 10; i++) a[i] = (int32_t)next_random(&seed) >> 7, b[i] = (int32_t)next_random(&seed) >> 7;
  while (n-- > 0) {
    fe_mul(a, a, b);
    fe_mul(b, b, a);
  }
  uint32_t sum = 0;
  for (int i = 0; i < 10; i++) sum = mix(sum, (uint32_t)a[i]);
  return (int32_t)sum;
}
