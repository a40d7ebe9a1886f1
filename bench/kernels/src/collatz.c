// Longest Collatz chain below n, in 64-bit arithmetic.
#include "kernel.h"
KERNEL int32_t run(int32_t n) {
  uint32_t best = 0, at = 0;
  for (uint32_t i = 1; i < (uint32_t)n; i++) {
    uint64_t x = i;
    uint32_t steps = 0;
    for (; x != 1; steps++) x = x & 1 ? 3 * x + 1 : x >> 1;
    if (steps > best) best = steps, at = i;
  }
  return (int32_t)(at ^ best << 24);
}
