// SHA-256 compression of n blocks that feed on the running digest.
#include "kernel.h"
static uint32_t K[64];
static uint32_t rotr(uint32_t x, int k) { return rotl32(x, 32 - k); }
/** Round constants: the fractional bits of the cube roots of the first 64 primes. */
static void constants(void) {
  int found = 0;
  for (int p = 2; found < 64; p++) {
    int prime = 1;
    for (int d = 2; d * d <= p; d++) prime &= p % d != 0;
    if (!prime) continue;
    double root = 1;
    for (int i = 0; i < 40; i++) root -= (root * root * root - p) / (3 * root * root);
    K[found++] = (uint32_t)(int64_t)((root - (double)(int)root) * 4294967296.0);
  }
}
static void compress(uint32_t *h, const uint32_t *block) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = block[i];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
  }
  for (int i = 0; i < 8; i++) s[i] = h[i];
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t t1 = s[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}
KERNEL int32_t run(int32_t n) {
  uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8}, block[16];
  constants();
  while (n-- > 0) {
    for (int i = 0; i < 16; i++) block[i] = h[i & 7] * (uint32_t)(i + 3);
    compress(h, block);
  }
  return (int32_t)h[0];
}
