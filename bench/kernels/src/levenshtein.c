// Edit distance of random strings by dynamic programming.
#include "kernel.h"
#define LENGTH 400
static uint8_t left[LENGTH], right[LENGTH];
static int32_t row[LENGTH + 1];
static int32_t distance(void) {
  for (int j = 0; j <= LENGTH; j++) row[j] = j;
  for (int i = 0; i < LENGTH; i++) {
    int32_t diagonal = row[0];
    row[0] = i + 1;
    for (int j = 0; j < LENGTH; j++) {
      int32_t best = diagonal + (left[i] != right[j]);
      diagonal = row[j + 1];
      if (diagonal + 1 < best) best = diagonal + 1;
      if (row[j] + 1 < best) best = row[j] + 1;
      row[j + 1] = best;
    }
  }
  return row[LENGTH];
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 5;
  int32_t sum = 0;
  while (n-- > 0) {
    for (int i = 0; i < LENGTH; i++) left[i] = next_random(&seed) & 3, right[i] = next_random(&seed) & 3;
    sum += distance();
  }
  return sum;
}
