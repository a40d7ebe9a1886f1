// Hexadecimal digits: encodes and decodes sixteen bytes at a time.
#include "simd.h"
#define SIZE 8192
static uint8_t data[SIZE], back[SIZE], text[2 * SIZE];
#if SIMD
static void encode(void) {
  const v128_t digits = wasm_i8x16_const('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f');
  for (int i = 0; i < SIZE; i += 16) {
    v128_t in = wasm_v128_load(data + i);
    v128_t h = wasm_i8x16_swizzle(digits, wasm_u8x16_shr(in, 4)), l = wasm_i8x16_swizzle(digits, wasm_v128_and(in, wasm_i8x16_splat(15)));
    wasm_v128_store(text + 2 * i, wasm_i8x16_shuffle(h, l, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    wasm_v128_store(text + 2 * i + 16, wasm_i8x16_shuffle(h, l, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
}
static inline v128_t values(v128_t c) {
  v128_t letter = wasm_u8x16_gt(c, wasm_i8x16_splat('9'));
  return wasm_i8x16_sub(c, wasm_v128_bitselect(wasm_i8x16_splat('a' - 10), wasm_i8x16_splat('0'), letter));
}
static inline v128_t pairs(v128_t v) { return wasm_v128_or(wasm_i16x8_shl(v, 4), wasm_u16x8_shr(v, 8)); }
static void decode(void) {
  for (int i = 0; i < SIZE; i += 16) {
    v128_t a = pairs(values(wasm_v128_load(text + 2 * i))), b = pairs(values(wasm_v128_load(text + 2 * i + 16)));
    wasm_v128_store(back + i, wasm_i8x16_shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
  }
}
#else
static void encode(void) {
  const char *digits = "0123456789abcdef";
  for (int i = 0; i < SIZE; i++) text[2 * i] = (uint8_t)digits[data[i] >> 4], text[2 * i + 1] = (uint8_t)digits[data[i] & 15];
}
static inline int value(int c) { return c > '9' ? c - 'a' + 10 : c - '0'; }
static void decode(void) {
  for (int i = 0; i < SIZE; i++) back[i] = (uint8_t)(value(text[2 * i]) << 4 | value(text[2 * i + 1]));
}
#endif
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 19, sum = 0;
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next_random(&seed);
  while (n-- > 0) {
    encode();
    decode();
    sum = mix(sum, back[(uint32_t)n * 7 % SIZE] + 256u * text[(uint32_t)n * 5 % SIZE]);
    data[sum % SIZE]++;
  }
  for (int i = 0; i < SIZE; i++) sum = mix(sum, back[i] + 256u * text[i]);
  return (int32_t)sum;
}
