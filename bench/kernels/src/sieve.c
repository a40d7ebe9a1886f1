// Sieve of Eratosthenes over a byte map, n rounds.
#include "kernel.h"
#define LIMIT 100000
static uint8_t composite[LIMIT];
KERNEL int32_t run(int32_t n) {
  int32_t count = 0;
  while (n-- > 0) {
    __builtin_memset(composite, 0, LIMIT);
    for (int i = 2; i < LIMIT; i++) {
      if (composite[i]) continue;
      count++;
      for (int j = i + i; j < LIMIT; j += i) composite[j] = 1;
    }
  }
  return count;
}
