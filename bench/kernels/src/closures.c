// A pipeline of function pointers, monomorphic and then polymorphic.
#include "kernel.h"
typedef int32_t (*Step)(int32_t, int32_t);
static int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static int32_t xor_(int32_t a, int32_t b) { return a ^ b; }
static int32_t shift(int32_t a, int32_t b) { return (int32_t)((uint32_t)a << 1 ^ (uint32_t)b); }
static int32_t scale(int32_t a, int32_t b) { return (int32_t)((uint32_t)a * 31u + (uint32_t)b); }
static int32_t reverse(int32_t a, int32_t b) { return (int32_t)__builtin_bswap32((uint32_t)a) - (b & 7); }
static Step steps[] = {add, xor_, shift, scale, reverse, xor_, add, scale};
__attribute__((noinline)) static int32_t fold(Step step, int32_t n, int32_t start) {
  for (int32_t i = 0; i < n; i++) start = step(start, i);
  return start;
}
KERNEL int32_t run(int32_t n) {
  int32_t x = 1;
  while (n-- > 0) {
    for (int i = 0; i < 8; i++) x = fold(steps[i], 50, x);
    for (int i = 0; i < 200; i++) x = steps[(x >> 3) & 7](x, i);
  }
  return x;
}
