// SipHash-2-4 of short strings.
#include "kernel.h"
static uint64_t sip(uint64_t k0, uint64_t k1, const uint64_t *m, int words) {
  uint64_t a = k0 ^ 0x736f6d6570736575u, b = k1 ^ 0x646f72616e646f6du;
  uint64_t c = k0 ^ 0x6c7967656e657261u, d = k1 ^ 0x7465646279746573u;
#define ROUND                                                                                                          \
  a += b, b = rotl64(b, 13) ^ a, a = rotl64(a, 32), c += d, d = rotl64(d, 16) ^ c, a += d, d = rotl64(d, 21) ^ a,      \
                                                    c += b, b = rotl64(b, 17) ^ c, c = rotl64(c, 32)
  for (int i = 0; i < words; i++) {
    d ^= m[i];
    ROUND;
    ROUND;
    a ^= m[i];
  }
  c ^= 255;
  ROUND;
  ROUND;
  ROUND;
  ROUND;
  return a ^ b ^ c ^ d;
}
KERNEL int64_t run(int32_t n) {
  uint64_t message[4] = {1, 2, 3, 4}, h = 0;
  for (int32_t i = 0; i < n; i++) {
    message[i & 3] += h;
    h = sip(h, (uint64_t)i, message, 1 + (i & 3));
  }
  return (int64_t)h;
}
