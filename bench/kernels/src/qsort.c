// The C library's qsort with a comparison function: sorting through an indirect call.
#include "kernel.h"
#include <stdlib.h>
#define COUNT 8000
typedef struct { int32_t key, value; } Pair;
static Pair pairs[COUNT];
static int by_key(const void *a, const void *b) {
  int32_t x = ((const Pair *)a)->key, y = ((const Pair *)b)->key;
  return (x > y) - (x < y);
}
static int by_value(const void *a, const void *b) {
  int32_t x = ((const Pair *)a)->value, y = ((const Pair *)b)->value;
  return (x > y) - (x < y);
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 11, sum = 0;
  while (n-- > 0) {
    for (int i = 0; i < COUNT; i++) pairs[i] = (Pair){(int32_t)next_random(&seed), i};
    qsort(pairs, COUNT, sizeof(Pair), by_key);
    for (int i = 0; i < COUNT; i += 61) sum = mix(sum, (uint32_t)pairs[i].value);
    qsort(pairs, COUNT, sizeof(Pair), by_value);
    sum = mix(sum, (uint32_t)pairs[COUNT / 2].key);
  }
  return (int32_t)sum;
}
