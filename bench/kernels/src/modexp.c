// Modular exponentiation with 64-bit products and remainders (Miller-Rabin on 32-bit numbers).
#include "kernel.h"
static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus) {
  uint64_t result = 1;
  for (base %= modulus; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}
static int witness(uint64_t a, uint64_t n) {
  uint64_t d = n - 1;
  int s = __builtin_ctzll(d);
  uint64_t x = power(a, d >> s, n);
  if (x == 1 || x == n - 1) return 0;
  for (int i = 1; i < s; i++) {
    x = x * x % n;
    if (x == n - 1) return 0;
  }
  return 1;
}
KERNEL int32_t run(int32_t n) {
  int32_t primes = 0;
  for (uint64_t c = 4000000001u; n-- > 0; c += 2) primes += !witness(2, c) && !witness(7, c) && !witness(61, c);
  return primes;
}
