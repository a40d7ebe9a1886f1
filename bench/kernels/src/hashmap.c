// Open addressing with linear probing: insert, look up, delete by mark.
#include "kernel.h"
#define SLOTS 32768
static uint32_t keys[SLOTS], values[SLOTS];
static uint32_t find(uint32_t key) {
  uint32_t i = key * 2654435769u >> 17;
  while (keys[i] && keys[i] != key) i = (i + 1) & (SLOTS - 1);
  return i;
}
KERNEL int32_t run(int32_t n) {
  uint32_t sum = 0, seed = 17;
  while (n-- > 0) {
    for (int i = 0; i < SLOTS; i++) keys[i] = values[i] = 0;
    for (uint32_t i = 0; i < SLOTS / 2; i++) {
      uint32_t key = (next_random(&seed) >> 17) + 1, slot = find(key);
      keys[slot] = key;
      values[slot] += i;
    }
    for (uint32_t key = 1; key < SLOTS; key++) {
      uint32_t slot = find(key);
      if (keys[slot]) sum = mix(sum, values[slot]);
    }
  }
  return (int32_t)sum;
}
