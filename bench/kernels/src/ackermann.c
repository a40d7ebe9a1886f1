// Ackermann's function A(2, n): deep recursion, run many times.
#include "kernel.h"
__attribute__((noinline)) static int32_t ack(int32_t m, int32_t n) {
  if (m == 0) return n + 1;
  if (n == 0) return ack(m - 1, 1);
  return ack(m - 1, ack(m, n - 1));
}
KERNEL int32_t run(int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; i++) sum += ack(2, 40 + (i & 63));
  return sum;
}
