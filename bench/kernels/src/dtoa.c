// Decimal digits of doubles: scaling, 64-bit integers from floats, division by ten.
#include "kernel.h"
static int format(double v, char *out) {
  int n = 0, exponent = 0;
  if (v < 0) out[n++] = '-', v = -v;
  while (v >= 1e15) v /= 10, exponent++;
  while (v < 1e14) v *= 10, exponent--;
  uint64_t digits = (uint64_t)v;
  char reversed[20];
  int count = 0;
  do reversed[count++] = (char)('0' + digits % 10); while (digits /= 10);
  while (count) out[n++] = reversed[--count];
  out[n++] = 'e';
  if (exponent < 0) out[n++] = '-', exponent = -exponent;
  do out[n++] = (char)('0' + exponent % 10); while (exponent /= 10);
  return n;
}
KERNEL int32_t run(int32_t n) {
  char out[40];
  uint32_t seed = 59, sum = 0;
  while (n-- > 0) {
    double v = (double)(int32_t)next_random(&seed) / (double)(1 + (next_random(&seed) >> 8));
    int length = format(v + 0.000123, out);
    for (int i = 0; i < length; i++) sum = mix(sum, (uint8_t)out[i]);
  }
  return (int32_t)sum;
}
