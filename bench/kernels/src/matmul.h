// Product of square matrices; REAL is the number type.
#include "kernel.h"
#define SIDE 64
static REAL a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 53;
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) a[i][j] = (REAL)(next_random(&seed) >> 24), b[i][j] = (REAL)(next_random(&seed) >> 28);
  while (n-- > 0) {
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++) {
        REAL sum = 0;
        for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    for (int i = 0; i < SIDE; i++) a[i][n & (SIDE - 1)] = c[i][i] / (REAL)1024;
  }
  REAL trace = 0;
  for (int i = 0; i < SIDE; i++) trace += c[i][SIDE - 1 - i];
  return (int32_t)trace;
}
