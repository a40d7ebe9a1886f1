// Complex FFT of 1024 points and back, f64; twiddles by recurrence of half angles.
#include "kernel.h"
#define SIZE 1024
static double re[SIZE], im[SIZE], cosines[SIZE / 2], sines[SIZE / 2];
/** cos and sin of 2 pi k / SIZE: repeated halving from a half turn, then products. */
static void twiddles(void) {
  cosines[0] = 1, sines[0] = 0;
  double c = -1, s = 0;
  for (int step = SIZE / 4; step >= 1; step /= 2) {
    double half = __builtin_sqrt((1 + c) / 2);
    s = step == SIZE / 4 ? 1 : __builtin_sqrt((1 - c) / 2);
    c = half;
    for (int k = 0; k < SIZE / 2; k += 2 * step) {
      cosines[k + step] = cosines[k] * c - sines[k] * s;
      sines[k + step] = sines[k] * c + cosines[k] * s;
    }
  }
}
static void transform(double sign) {
  for (int i = 1, j = 0; i < SIZE; i++) {
    int bit = SIZE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      double t = re[i];
      re[i] = re[j], re[j] = t;
      t = im[i], im[i] = im[j], im[j] = t;
    }
  }
  for (int size = 2; size <= SIZE; size *= 2) {
    int half = size / 2, step = SIZE / size;
    for (int start = 0; start < SIZE; start += size)
      for (int k = 0; k < half; k++) {
        double c = cosines[k * step], s = sign * sines[k * step];
        int a = start + k, b = a + half;
        double x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
        re[b] = re[a] - x, im[b] = im[a] - y;
        re[a] += x, im[a] += y;
      }
  }
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 47;
  twiddles();
  for (int i = 0; i < SIZE; i++) re[i] = (double)(next_random(&seed) >> 16), im[i] = 0;
  while (n-- > 0) {
    transform(-1);
    transform(1);
    for (int i = 0; i < SIZE; i++) re[i] /= SIZE, im[i] /= SIZE;
  }
  double sum = 0;
  for (int i = 0; i < SIZE; i++) sum += re[i] * (i & 7);
  return (int32_t)sum;
}
