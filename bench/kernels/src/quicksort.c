// Quicksort with insertion sort for short runs, over fresh random words.
#include "kernel.h"
#define COUNT 20000
static int32_t items[COUNT];
static void sort(int32_t *a, int32_t low, int32_t high) {
  while (high - low > 12) {
    int32_t pivot = a[(low + high) >> 1], i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i > j) break;
      int32_t t = a[i];
      a[i++] = a[j];
      a[j--] = t;
    }
    sort(a, low, j);
    low = i;
  }
  for (int32_t i = low + 1; i <= high; i++) {
    int32_t x = a[i], j = i;
    for (; j > low && a[j - 1] > x; j--) a[j] = a[j - 1];
    a[j] = x;
  }
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 7, sum = 0;
  while (n-- > 0) {
    for (int i = 0; i < COUNT; i++) items[i] = (int32_t)next_random(&seed);
    sort(items, 0, COUNT - 1);
    for (int i = 0; i < COUNT; i += 97) sum = mix(sum, (uint32_t)items[i]);
  }
  return (int32_t)sum;
}
