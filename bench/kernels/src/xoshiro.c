// xoshiro256** numbers: 64-bit shifts, rotations and xors.
#include "kernel.h"
KERNEL int64_t run(int32_t n) {
  uint64_t a = 1, b = 2, c = 3, d = 4, sum = 0;
  while (n-- > 0) {
    sum += rotl64(b * 5, 7) * 9;
    uint64_t t = b << 17;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl64(d, 45);
  }
  return (int64_t)sum;
}
