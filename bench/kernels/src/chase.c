// Pointer chasing through a shuffled ring that does not fit the first cache.
#include "kernel.h"
#define COUNT 65536
static uint32_t next[COUNT], order[COUNT];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 37;
  for (uint32_t i = 0; i < COUNT; i++) order[i] = i;
  for (uint32_t i = COUNT - 1; i > 0; i--) {
    uint32_t j = next_random(&seed) % (i + 1), t = order[i];
    order[i] = order[j], order[j] = t;
  }
  for (uint32_t i = 0; i < COUNT; i++) next[order[i]] = order[(i + 1) % COUNT];
  uint32_t at = 0, sum = 0;
  for (int32_t i = n * 1000; i > 0; i--) at = next[at], sum += at ^ (uint32_t)i;
  return (int32_t)sum;
}
