// UTF-8 decoding and validation of mixed text.
#include "kernel.h"
#define SIZE 32768
static uint8_t text[SIZE + 4];
static int encode(uint8_t *p, uint32_t c) {
  if (c < 0x80) return p[0] = (uint8_t)c, 1;
  if (c < 0x800) return p[0] = (uint8_t)(0xC0 | c >> 6), p[1] = (uint8_t)(0x80 | (c & 63)), 2;
  if (c < 0x10000)
    return p[0] = (uint8_t)(0xE0 | c >> 12), p[1] = (uint8_t)(0x80 | (c >> 6 & 63)), p[2] = (uint8_t)(0x80 | (c & 63)), 3;
  p[0] = (uint8_t)(0xF0 | c >> 18), p[1] = (uint8_t)(0x80 | (c >> 12 & 63)), p[2] = (uint8_t)(0x80 | (c >> 6 & 63));
  return p[3] = (uint8_t)(0x80 | (c & 63)), 4;
}
static uint32_t decode(const uint8_t **at, const uint8_t *end) {
  const uint8_t *p = *at;
  uint32_t c = *p++;
  int more = c < 0x80 ? 0 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : -1;
  if (more < 0 || p + more > end) return *at = p, 0xFFFD;
  if (more) c &= 63u >> more;
  for (int i = 0; i < more; i++) {
    if ((p[i] & 0xC0) != 0x80) return *at = p, 0xFFFD;
    c = c << 6 | (p[i] & 63);
  }
  return *at = p + more, c;
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 61, sum = 0;
  for (int i = 0; i < SIZE;) {
    uint32_t r = next_random(&seed);
    i += encode(text + i, r & 3 ? r >> 25 : r & 4 ? r >> 21 : r & 8 ? 0x3000 + (r >> 20) : 0x10000 + (r >> 16));
  }
  while (n-- > 0) {
    const uint8_t *at = text, *end = text + SIZE;
    while (at < end) sum = sum * 31 + decode(&at, end);
  }
  return (int32_t)sum;
}
