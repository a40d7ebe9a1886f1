// Keccak-f[1600] of n blocks, with all 24 rounds written out, as libraries of SHA-3 and ML-KEM have it.
#include "kernel.h"
static const uint64_t round_constants[24] = {
    0x0000000000000001u, 0x0000000000008082u, 0x800000000000808Au, 0x8000000080008000u, 0x000000000000808Bu, 0x0000000080000001u,
    0x8000000080008081u, 0x8000000000008009u, 0x000000000000008Au, 0x0000000000000088u, 0x0000000080008009u, 0x000000008000000Au,
    0x000000008000808Bu, 0x800000000000008Bu, 0x8000000000008089u, 0x8000000000008003u, 0x8000000000008002u, 0x8000000000000080u,
    0x000000000000800Au, 0x800000008000000Au, 0x8000000080008081u, 0x8000000000008080u, 0x0000000080000001u, 0x8000000080008008u};
static const int steps[25] = {0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14};
static inline uint64_t turned(uint64_t x, int k) { return k == 0 ? x : rotl64(x, k); }
static void permute(uint64_t s[25]) {
  uint64_t a[25], b[25], c[5], d[5];
  for (int i = 0; i < 25; i++) a[i] = s[i];
#pragma clang loop unroll(full)
  for (int round = 0; round < 24; round++) {
#pragma clang loop unroll(full)
    for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma clang loop unroll(full)
    for (int x = 0; x < 5; x++) d[x] = c[(x + 4) % 5] ^ rotl64(c[(x + 1) % 5], 1);
#pragma clang loop unroll(full)
    for (int i = 0; i < 25; i++) b[i / 5 + (2 * (i % 5) + 3 * (i / 5)) % 5 * 5] = turned(a[i] ^ d[i % 5], steps[i]);
#pragma clang loop unroll(full)
    for (int i = 0; i < 25; i++) a[i] = b[i] ^ (~b[i / 5 * 5 + (i + 1) % 5] & b[i / 5 * 5 + (i + 2) % 5]);
    a[0] ^= round_constants[round];
  }
  for (int i = 0; i < 25; i++) s[i] = a[i];
}
KERNEL int64_t run(int32_t n) {
  static uint64_t s[25];
  for (int i = 0; i < 25; i++) s[i] = (uint64_t)i;
  for (int32_t i = 0; i < n; i++) s[i % 17] ^= (uint64_t)i, permute(s);
  return (int64_t)s[0];
}
