// Spectral norm of an infinite matrix, f64 with conversions from integers.
#include "kernel.h"
#define SIZE 100
static double u[SIZE], v[SIZE], t[SIZE];
static double cell(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }
static void times(const double *in, double *out, int transposed) {
  for (int i = 0; i < SIZE; i++) {
    double sum = 0;
    for (int j = 0; j < SIZE; j++) sum += (transposed ? cell(j, i) : cell(i, j)) * in[j];
    out[i] = sum;
  }
}
KERNEL int32_t run(int32_t n) {
  double uv = 0, vv = 0;
  for (int i = 0; i < SIZE; i++) u[i] = 1;
  while (n-- > 0) {
    times(u, t, 0), times(t, v, 1);
    times(v, t, 0), times(t, u, 1);
    double scale = 1 / u[0];
    for (int i = 0; i < SIZE; i++) u[i] *= scale, v[i] *= scale;
  }
  for (int i = 0; i < SIZE; i++) uv += u[i] * v[i], vv += v[i] * v[i];
  return (int32_t)(__builtin_sqrt(uv / vv) * 1e9);
}
