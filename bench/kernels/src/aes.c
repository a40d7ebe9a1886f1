// AES-128 encryption by tables, n blocks in a chain.
#include "kernel.h"
static uint8_t box[256];
static uint32_t table[256], keys[44];
static void prepare(void) {
  uint8_t p = 1, q = 1;
  do {
    p = (uint8_t)(p ^ p << 1 ^ (p & 128 ? 0x1B : 0));
    q ^= (uint8_t)(q << 1), q ^= (uint8_t)(q << 2), q ^= (uint8_t)(q << 4);
    if (q & 128) q ^= 9;
    uint8_t x = (uint8_t)(q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4));
    box[p] = x ^ 0x63;
  } while (p != 1);
  box[0] = 0x63;
  for (int i = 0; i < 256; i++) {
    uint32_t s = box[i], twice = (s << 1 ^ (s & 128 ? 0x11B : 0)) & 255;
    table[i] = twice | s << 8 | s << 16 | (twice ^ s) << 24;
  }
  uint32_t round = 1;
  for (uint32_t i = 0; i < 44; i++) {
    if (i < 4) {
      keys[i] = i * 0x11223344u;
      continue;
    }
    uint32_t t = keys[i - 1];
    if (i % 4 == 0) {
      t = rotl32(t, 24);
      t = box[t & 255] | (uint32_t)box[t >> 8 & 255] << 8 | (uint32_t)box[t >> 16 & 255] << 16 | (uint32_t)box[t >> 24] << 24;
      t ^= round;
      round = (round << 1 ^ (round & 128 ? 0x11B : 0)) & 255;
    }
    keys[i] = keys[i - 4] ^ t;
  }
}
static uint32_t column(const uint32_t *s, int i) {
  return table[s[i] & 255] ^ rotl32(table[s[(i + 1) & 3] >> 8 & 255], 8) ^ rotl32(table[s[(i + 2) & 3] >> 16 & 255], 16) ^
         rotl32(table[s[(i + 3) & 3] >> 24], 24);
}
KERNEL int32_t run(int32_t n) {
  uint32_t s[4] = {1, 2, 3, 4}, t[4];
  prepare();
  while (n-- > 0) {
    for (int i = 0; i < 4; i++) s[i] ^= keys[i];
    for (int r = 1; r < 10; r++) {
      for (int i = 0; i < 4; i++) t[i] = column(s, i) ^ keys[r * 4 + i];
      for (int i = 0; i < 4; i++) s[i] = t[i];
    }
    for (int i = 0; i < 4; i++)
      t[i] = box[s[i] & 255] | (uint32_t)box[s[(i + 1) & 3] >> 8 & 255] << 8 |
             (uint32_t)box[s[(i + 2) & 3] >> 16 & 255] << 16 | (uint32_t)box[s[(i + 3) & 3] >> 24] << 24;
    for (int i = 0; i < 4; i++) s[i] = t[i] ^ keys[40 + i];
  }
  return (int32_t)(s[0] ^ s[1] ^ s[2] ^ s[3]);
}
