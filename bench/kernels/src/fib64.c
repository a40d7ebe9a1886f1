// Doubly recursive Fibonacci on 64-bit numbers.
#include "kernel.h"
__attribute__((noinline)) static uint64_t fib(uint64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
KERNEL int64_t run(int32_t n) { return (int64_t)fib((uint64_t)n); }
