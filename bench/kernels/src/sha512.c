// SHA-512-shaped compression (64-bit additions, rotations, majority) of n blocks.
#include "kernel.h"
static uint64_t K[80];
static void compress(uint64_t *h, const uint64_t *block) {
  uint64_t w[80], s[8];
  for (int i = 0; i < 16; i++) w[i] = block[i];
  for (int i = 16; i < 80; i++) {
    uint64_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotr64(a, 1) ^ rotr64(a, 8) ^ a >> 7) + (rotr64(b, 19) ^ rotr64(b, 61) ^ b >> 6);
  }
  for (int i = 0; i < 8; i++) s[i] = h[i];
  for (int i = 0; i < 80; i++) {
    uint64_t e = s[4], a = s[0];
    uint64_t t1 = s[7] + (rotr64(e, 14) ^ rotr64(e, 18) ^ rotr64(e, 41)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    uint64_t t2 = (rotr64(a, 28) ^ rotr64(a, 34) ^ rotr64(a, 39)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}
KERNEL int64_t run(int32_t n) {
  uint64_t h[8], block[16];
  for (int i = 0; i < 80; i++) K[i] = 0x9E3779B97F4A7C15u * (uint64_t)(i + 1);
  for (int i = 0; i < 8; i++) h[i] = K[i] ^ K[79 - i];
  while (n-- > 0) {
    for (int i = 0; i < 16; i++) block[i] = h[i & 7] + (uint64_t)i;
    compress(h, block);
  }
  return (int64_t)h[0];
}
