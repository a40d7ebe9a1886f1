// Is a text UTF-8? With vectors by the tables of Keiser and Lemire, else by code points.
#include "simd.h"
#define SIZE 8192
static uint8_t text[SIZE + 16];
static uint32_t encode(uint8_t *p, uint32_t c) {
  if (c < 0x80) return p[0] = (uint8_t)c, 1;
  if (c < 0x800) return p[0] = (uint8_t)(0xc0 | c >> 6), p[1] = (uint8_t)(0x80 | (c & 63)), 2;
  if (c < 0x10000) {
    p[0] = (uint8_t)(0xe0 | c >> 12), p[1] = (uint8_t)(0x80 | (c >> 6 & 63)), p[2] = (uint8_t)(0x80 | (c & 63));
    return 3;
  }
  p[0] = (uint8_t)(0xf0 | c >> 18), p[1] = (uint8_t)(0x80 | (c >> 12 & 63));
  p[2] = (uint8_t)(0x80 | (c >> 6 & 63)), p[3] = (uint8_t)(0x80 | (c & 63));
  return 4;
}
#if SIMD
enum { SHORT = 1, LONG = 2, OVER3 = 4, LARGE = 8, SURR = 16, OVER2 = 32, LARGE1000 = 64, OVER4 = 64, CONTS = 128 };
#define CARRY (SHORT | LONG | CONTS)
#define REST (CARRY | LARGE | LARGE1000)
#define NEXT (LONG | OVER2 | CONTS)
static int valid(void) {
  const v128_t high1 = wasm_u8x16_const(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG, CONTS, CONTS, CONTS, CONTS,
    SHORT | OVER2, SHORT, SHORT | OVER3 | SURR, SHORT | LARGE | LARGE1000 | OVER4);
  const v128_t low1 = wasm_u8x16_const(CARRY | OVER3 | OVER2 | OVER4, CARRY | OVER2, CARRY, CARRY, CARRY | LARGE,
    REST, REST, REST, REST, REST, REST, REST, REST, REST | SURR, REST, REST);
  const v128_t high2 = wasm_u8x16_const(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
    NEXT | OVER3 | LARGE1000 | OVER4, NEXT | OVER3 | LARGE, NEXT | SURR | LARGE, NEXT | SURR | LARGE,
    SHORT, SHORT, SHORT, SHORT);
  v128_t before = wasm_i8x16_splat(0), error = before;
  // A round more, over zeros: the text may end within a character.
  for (int i = 0; i <= SIZE; i += 16) {
    v128_t in = wasm_v128_load(text + i);
    v128_t p1 = wasm_i8x16_shuffle(before, in, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    v128_t p2 = wasm_i8x16_shuffle(before, in, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
    v128_t p3 = wasm_i8x16_shuffle(before, in, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
    v128_t special = wasm_v128_and(wasm_i8x16_swizzle(high1, wasm_u8x16_shr(p1, 4)),
      wasm_i8x16_swizzle(low1, wasm_v128_and(p1, wasm_i8x16_splat(15))));
    special = wasm_v128_and(special, wasm_i8x16_swizzle(high2, wasm_u8x16_shr(in, 4)));
    v128_t must = wasm_v128_or(wasm_u8x16_sub_sat(p2, wasm_i8x16_splat(0x60)), wasm_u8x16_sub_sat(p3, wasm_i8x16_splat(0x70)));
    error = wasm_v128_or(error, wasm_v128_xor(wasm_v128_and(must, wasm_i8x16_splat((int8_t)0x80)), special));
    before = in;
  }
  return !wasm_v128_any_true(error);
}
#else
static int valid(void) {
  for (int i = 0; i < SIZE;) {
    uint8_t c = text[i++];
    if (c < 0x80) continue;
    int rest = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 0;
    if (rest == 0) return 0;
    uint8_t d = text[i++];
    uint8_t least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (d < least || d > most) return 0;
    while (--rest > 0)
      if ((text[i++] & 0xc0) != 0x80) return 0;
  }
  return 1;
}
#endif
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 11, sum = 0, at = 0;
  while (at < SIZE - 4) {
    uint32_t r = next_random(&seed), kind = r % 16;
    uint32_t c = r >> 8;
    at += encode(text + at, kind < 10 ? c % 128 : kind < 13 ? 0x80 + c % 0x700 : kind < 15 ? 0x3000 + c % 0x5000 : 0x10000 + c % 0x9000);
  }
  while (at < SIZE) text[at++] = ' ';
  while (n-- > 0) {
    // Seldom, near the end, a byte is wrong.
    uint8_t *p = &text[SIZE - 1 - (uint32_t)n % 64], old = *p;
    if (n % 8 == 0) *p = 0xff;
    sum = mix(sum, (uint32_t)valid());
    *p = old;
  }
  return (int32_t)sum;
}
