// Fixed-point arithmetic (32.32): 64-bit products, shifts, signed divisions, comparisons.
#include "kernel.h"
typedef int64_t Fixed;
static Fixed times(Fixed a, Fixed b) { return (a >> 16) * (b >> 16); }
static Fixed over(Fixed a, Fixed b) { return a / (b >> 16 | 1) << 16; }
KERNEL int32_t run(int32_t n) {
  Fixed x = 3LL << 32, y = 1LL << 31, sum = 0;
  for (int32_t i = 1; i <= n; i++) {
    Fixed z = times(x, y) + ((Fixed)i << 20);
    if (z > 1LL << 40) z = over(z, x + (1LL << 32));
    if (z < -(1LL << 40)) z = -z % (1LL << 36);
    y = x - (z >> 3);
    x = z - (y >> 2);
    sum += z ^ (z < y);
  }
  return (int32_t)(sum ^ sum >> 32);
}
