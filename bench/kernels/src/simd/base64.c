// Base64: encodes twelve bytes at a time, and decodes them.
#include "simd.h"
#define SIZE 12288
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t data[SIZE + 16], back[SIZE + 16], reverse[256];
static uint8_t text[SIZE / 3 * 4 + 16];
#if SIMD
#define MASK(n) wasm_i32x4_splat(0x3f << (n))
static void encode(void) {
  const v128_t shifts = wasm_i8x16_const('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
  uint8_t *to = text;
  for (int i = 0; i < SIZE; i += 12, to += 16) {
    v128_t in = wasm_v128_load(data + i);
    v128_t v = wasm_i8x16_shuffle(in, in, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9);
    v128_t x = wasm_v128_and(wasm_u32x4_shr(v, 18), MASK(0));
    x = wasm_v128_or(x, wasm_v128_and(wasm_u32x4_shr(v, 4), MASK(8)));
    x = wasm_v128_or(x, wasm_v128_and(wasm_i32x4_shl(v, 10), MASK(16)));
    x = wasm_v128_or(x, wasm_i32x4_shl(wasm_v128_and(v, MASK(0)), 24));
    v128_t r = wasm_u8x16_sub_sat(x, wasm_i8x16_splat(51));
    r = wasm_v128_or(r, wasm_v128_and(wasm_i8x16_lt(x, wasm_i8x16_splat(26)), wasm_i8x16_splat(13)));
    wasm_v128_store(to, wasm_i8x16_add(x, wasm_i8x16_swizzle(shifts, r)));
  }
}
static inline v128_t range(v128_t c, char from, char to, int add) {
  v128_t in = wasm_v128_and(wasm_i8x16_ge(c, wasm_i8x16_splat(from)), wasm_i8x16_le(c, wasm_i8x16_splat(to)));
  return wasm_v128_and(in, wasm_i8x16_splat((int8_t)add));
}
static void decode(void) {
  uint8_t *to = back;
  for (int i = 0; i < SIZE / 3 * 4; i += 16, to += 12) {
    v128_t c = wasm_v128_load(text + i);
    v128_t add = wasm_v128_or(range(c, 'A', 'Z', -65), range(c, 'a', 'z', -71));
    add = wasm_v128_or(add, wasm_v128_or(range(c, '0', '9', 4), range(c, '+', '+', 19)));
    v128_t x = wasm_i8x16_add(c, wasm_v128_or(add, range(c, '/', '/', 16)));
    v128_t v = wasm_v128_or(wasm_i32x4_shl(wasm_v128_and(x, MASK(0)), 18), wasm_i32x4_shl(wasm_v128_and(x, MASK(8)), 4));
    v = wasm_v128_or(v, wasm_v128_or(wasm_u32x4_shr(wasm_v128_and(x, MASK(16)), 10), wasm_u32x4_shr(x, 24)));
    wasm_v128_store(to, wasm_i8x16_shuffle(v, v, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3));
  }
}
#else
static void encode(void) {
  uint8_t *to = text;
  for (int i = 0; i < SIZE; i += 3) {
    uint32_t bits = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
    *to++ = (uint8_t)alphabet[bits >> 18];
    *to++ = (uint8_t)alphabet[bits >> 12 & 63];
    *to++ = (uint8_t)alphabet[bits >> 6 & 63];
    *to++ = (uint8_t)alphabet[bits & 63];
  }
}
static void decode(void) {
  uint8_t *to = back;
  for (int i = 0; i < SIZE / 3 * 4; i += 4) {
    const uint8_t *c = text + i;
    uint32_t bits = (uint32_t)reverse[c[0]] << 18 | (uint32_t)reverse[c[1]] << 12 |
                    (uint32_t)reverse[c[2]] << 6 | reverse[c[3]];
    *to++ = (uint8_t)(bits >> 16);
    *to++ = (uint8_t)(bits >> 8);
    *to++ = (uint8_t)bits;
  }
}
#endif
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 9, sum = 0;
  for (int i = 0; i < 64; i++) reverse[(uint8_t)alphabet[i]] = (uint8_t)i;
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next_random(&seed);
  while (n-- > 0) {
    encode();
    decode();
    sum = mix(sum, back[(uint32_t)n * 31 % SIZE] + 256u * text[(uint32_t)n * 17 % SIZE]);
    data[sum % SIZE]++;
  }
  for (int i = 0; i < SIZE; i++) sum = mix(sum, back[i] + 256u * text[i]);
  return (int32_t)sum;
}
