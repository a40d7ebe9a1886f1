// Random allocation and release of blocks of many sizes, with reallocation.
#include "kernel.h"
#include <stdlib.h>
#define SLOTS 1024
static uint8_t *slots[SLOTS];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 31, sum = 0;
  while (n-- > 0) {
    uint32_t r = next_random(&seed), i = r % SLOTS, size = 8 + (r >> 20) % (r & 64 ? 2000 : 100);
    if (slots[i] && r & 128) {
      sum = mix(sum, slots[i][0]);
      free(slots[i]);
      slots[i] = NULL;
    } else {
      slots[i] = realloc(slots[i], size);
      slots[i][0] = (uint8_t)r;
      slots[i][size - 1] = 1;
    }
  }
  for (int i = 0; i < SLOTS; i++) free(slots[i]), slots[i] = NULL;
  return (int32_t)sum;
}
