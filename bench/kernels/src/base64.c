// Base64: encode, decode, compare.
#include "kernel.h"
#define SIZE 30000
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t data[SIZE], back[SIZE], reverse[256];
static char text[SIZE / 3 * 4];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 9, sum = 0;
  for (int i = 0; i < 64; i++) reverse[(uint8_t)alphabet[i]] = (uint8_t)i;
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next_random(&seed);
  while (n-- > 0) {
    char *out = text;
    for (int i = 0; i < SIZE; i += 3) {
      uint32_t bits = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
      for (int shift = 18; shift >= 0; shift -= 6) *out++ = alphabet[bits >> shift & 63];
    }
    uint8_t *to = back;
    for (int i = 0; i < SIZE / 3 * 4; i += 4) {
      uint32_t bits = 0;
      for (int k = 0; k < 4; k++) bits = bits << 6 | reverse[(uint8_t)text[i + k]];
      *to++ = (uint8_t)(bits >> 16);
      *to++ = (uint8_t)(bits >> 8);
      *to++ = (uint8_t)bits;
    }
    for (int i = 0; i < SIZE; i++) sum += back[i] == data[i];
    data[sum % SIZE]++;
  }
  return (int32_t)mix(sum, data[1]);
}
