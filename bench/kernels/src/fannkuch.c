// Pancake flips over all permutations of n items.
#include "kernel.h"
KERNEL int32_t run(int32_t n) {
  int32_t perm[12], saved[12], count[12], most = 0, checksum = 0, r = n, parity = 0;
  for (int i = 0; i < n; i++) saved[i] = i;
  for (;;) {
    for (; r != 1; r--) count[r - 1] = r;
    for (int i = 0; i < n; i++) perm[i] = saved[i];
    int32_t flips = 0;
    for (int32_t k; (k = perm[0]) != 0; flips++)
      for (int32_t i = 0, j = k; i < j; i++, j--) {
        int32_t t = perm[i];
        perm[i] = perm[j], perm[j] = t;
      }
    if (flips > most) most = flips;
    checksum += parity++ & 1 ? -flips : flips;
    for (;; r++) {
      if (r == n) return checksum * 1000 + most;
      int32_t first = saved[0];
      for (int i = 0; i < r; i++) saved[i] = saved[i + 1];
      saved[r] = first;
      if (--count[r] > 0) break;
    }
  }
}
