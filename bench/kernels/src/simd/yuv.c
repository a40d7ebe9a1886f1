// YUV 4:2:2 to RGBA in fixed point.
#include "simd.h"
#define SIZE 4096
static uint8_t ys[SIZE], us[SIZE / 2 + 16], vs[SIZE / 2 + 16], rgba[SIZE * 4];
static void convert(void) {
#if SIMD
#define MUL(x, k) wasm_i16x8_shr(wasm_i16x8_mul(x, wasm_i16x8_splat(k)), 6)
  const v128_t bias = wasm_i16x8_splat(128), full = wasm_i8x16_splat(-1);
  for (int i = 0; i < SIZE; i += 16) {
    v128_t y = wasm_v128_load(ys + i);
    v128_t u = wasm_i16x8_sub(wasm_u16x8_load8x8(us + i / 2), bias), v = wasm_i16x8_sub(wasm_u16x8_load8x8(vs + i / 2), bias);
    v128_t dr = MUL(v, 90), dg = wasm_i16x8_add(MUL(u, 22), MUL(v, 46)), db = MUL(u, 113);
    v128_t y0 = wasm_u16x8_extend_low_u8x16(y), y1 = wasm_u16x8_extend_high_u8x16(y);
#define TWICE_LOW(x) wasm_i16x8_shuffle(x, x, 0, 0, 1, 1, 2, 2, 3, 3)
#define TWICE_HIGH(x) wasm_i16x8_shuffle(x, x, 4, 4, 5, 5, 6, 6, 7, 7)
    v128_t r = wasm_u8x16_narrow_i16x8(wasm_i16x8_add(y0, TWICE_LOW(dr)), wasm_i16x8_add(y1, TWICE_HIGH(dr)));
    v128_t g = wasm_u8x16_narrow_i16x8(wasm_i16x8_sub(y0, TWICE_LOW(dg)), wasm_i16x8_sub(y1, TWICE_HIGH(dg)));
    v128_t b = wasm_u8x16_narrow_i16x8(wasm_i16x8_add(y0, TWICE_LOW(db)), wasm_i16x8_add(y1, TWICE_HIGH(db)));
#define ZIP_LOW(a, b) wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    v128_t rg0 = ZIP_LOW(r, g), rg1 = ZIP_HIGH(r, g), ba0 = ZIP_LOW(b, full), ba1 = ZIP_HIGH(b, full);
    uint8_t *to = rgba + 4 * i;
    wasm_v128_store(to, wasm_i16x8_shuffle(rg0, ba0, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(to + 16, wasm_i16x8_shuffle(rg0, ba0, 4, 12, 5, 13, 6, 14, 7, 15));
    wasm_v128_store(to + 32, wasm_i16x8_shuffle(rg1, ba1, 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(to + 48, wasm_i16x8_shuffle(rg1, ba1, 4, 12, 5, 13, 6, 14, 7, 15));
  }
#else
#define CLAMP(x) (uint8_t)((x) < 0 ? 0 : (x) > 255 ? 255 : (x))
  for (int i = 0; i < SIZE; i++) {
    int u = us[i / 2] - 128, v = vs[i / 2] - 128, y = ys[i];
    int r = y + (v * 90 >> 6), g = y - ((u * 22 >> 6) + (v * 46 >> 6)), b = y + (u * 113 >> 6);
    uint8_t *to = rgba + 4 * i;
    to[0] = CLAMP(r), to[1] = CLAMP(g), to[2] = CLAMP(b), to[3] = 255;
  }
#endif
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 17, sum = 0;
  for (int i = 0; i < SIZE; i++) ys[i] = (uint8_t)(96 + next_random(&seed) % 128);
  for (int i = 0; i < SIZE / 2; i++) us[i] = (uint8_t)(100 + next_random(&seed) % 56), vs[i] = (uint8_t)(100 + next_random(&seed) % 56);
  while (n-- > 0) {
    convert();
    sum = mix(sum, rgba[(uint32_t)n * 13 % (4 * SIZE)]);
    ys[(uint32_t)n % SIZE] ^= 64, us[(uint32_t)n % (SIZE / 2)] ^= 128;
  }
  for (int i = 0; i < 4 * SIZE; i++) sum = mix(sum, rgba[i]);
  return (int32_t)sum;
}
