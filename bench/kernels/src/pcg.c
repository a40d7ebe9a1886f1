// PCG32: a 64-bit multiply-add and a variable rotation for every number.
#include "kernel.h"
KERNEL int32_t run(int32_t n) {
  uint64_t state = 42;
  uint32_t sum = 0;
  while (n-- > 0) {
    uint64_t old = state;
    state = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t shifted = (uint32_t)((old >> 18 ^ old) >> 27), by = (uint32_t)(old >> 59);
    sum += shifted >> by | shifted << (-by & 31);
  }
  return (int32_t)sum;
}
