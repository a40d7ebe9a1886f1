// SHA-256 of four messages: with vectors side by side, else one after the other.
#include "simd.h"
static uint32_t k[64], state[8][4], data[16][4];
#if SIMD
typedef v128_t V;
#define ADD wasm_i32x4_add
#define XOR wasm_v128_xor
#define AND wasm_v128_and
#define SHR wasm_u32x4_shr
#define ROTR32(x, n) ROTL(x, 32 - (n))
#define CONSTANT wasm_i32x4_splat
#define AT(p) wasm_v128_load(p)
#define PUT(p, x) wasm_v128_store(p, x)
#define STEP 4
#else
typedef uint32_t V;
#define ADD(a, b) ((a) + (b))
#define XOR(a, b) ((a) ^ (b))
#define AND(a, b) ((a) & (b))
#define SHR(x, n) ((x) >> (n))
#define ROTR32(x, n) rotl32(x, 32 - (n))
#define CONSTANT(x) (x)
#define AT(p) (*(p))
#define PUT(p, x) (*(p) = (x))
#define STEP 1
#endif
#define XOR3(a, b, c) XOR(XOR(a, b), c)
static void compress(void) {
  for (int m = 0; m < 4; m += STEP) {
    V w[16], s[8];
    for (int i = 0; i < 16; i++) w[i] = AT(&data[i][m]);
    for (int i = 0; i < 8; i++) s[i] = AT(&state[i][m]);
    V a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int i = 0; i < 64; i++) {
      if (i >= 16) {
        V x = w[(i + 1) & 15], y = w[(i + 14) & 15];
        V s0 = XOR3(ROTR32(x, 7), ROTR32(x, 18), SHR(x, 3)), s1 = XOR3(ROTR32(y, 17), ROTR32(y, 19), SHR(y, 10));
        w[i & 15] = ADD(ADD(w[i & 15], s0), ADD(w[(i + 9) & 15], s1));
      }
      V t1 = ADD(ADD(h, XOR3(ROTR32(e, 6), ROTR32(e, 11), ROTR32(e, 25))), XOR(g, AND(e, XOR(f, g))));
      t1 = ADD(t1, ADD(CONSTANT((int32_t)k[i]), w[i & 15]));
      V t2 = ADD(XOR3(ROTR32(a, 2), ROTR32(a, 13), ROTR32(a, 22)), XOR3(AND(a, b), AND(a, c), AND(b, c)));
      h = g, g = f, f = e, e = ADD(d, t1), d = c, c = b, b = a, a = ADD(t1, t2);
    }
    V t[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) PUT(&state[i][m], ADD(s[i], t[i]));
  }
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 23, sum = 0;
  for (int i = 0; i < 64; i++) k[i] = next_random(&seed);
  for (int i = 0; i < 8; i++)
    for (int m = 0; m < 4; m++) state[i][m] = next_random(&seed);
  for (int i = 0; i < 16; i++)
    for (int m = 0; m < 4; m++) data[i][m] = next_random(&seed);
  while (n-- > 0) {
    compress();
    data[n & 15][n >> 4 & 3]++;
  }
  for (int i = 0; i < 8; i++)
    for (int m = 0; m < 4; m++) sum = mix(sum, state[i][m]);
  return (int32_t)sum;
}
