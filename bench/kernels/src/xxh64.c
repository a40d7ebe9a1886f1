// xxHash64 of a buffer: 64-bit multiply and rotate.
#include "kernel.h"
#define WORDS 4096
#define P1 0x9E3779B185EBCA87u
#define P2 0xC2B2AE3D27D4EB4Fu
#define P3 0x165667B19E3779F9u
#define P4 0x85EBCA77C2B2AE63u
static uint64_t data[WORDS];
static uint64_t lane(uint64_t acc, uint64_t input) { return rotl64(acc + input * P2, 31) * P1; }
static uint64_t merge(uint64_t acc, uint64_t v) { return (acc ^ lane(0, v)) * P1 + P4; }
static uint64_t xxh64(const uint64_t *p, uint64_t seed) {
  uint64_t v1 = seed + P1 + P2, v2 = seed + P2, v3 = seed, v4 = seed - P1;
  for (int i = 0; i < WORDS; i += 4) {
    v1 = lane(v1, p[i]);
    v2 = lane(v2, p[i + 1]);
    v3 = lane(v3, p[i + 2]);
    v4 = lane(v4, p[i + 3]);
  }
  uint64_t h = rotl64(v1, 1) + rotl64(v2, 7) + rotl64(v3, 12) + rotl64(v4, 18);
  h = merge(merge(merge(merge(h, v1), v2), v3), v4) + WORDS * 8;
  h = (h ^ h >> 33) * P2;
  h = (h ^ h >> 29) * P3;
  return h ^ h >> 32;
}
KERNEL int64_t run(int32_t n) {
  uint64_t h = 0;
  for (int i = 0; i < WORDS; i++) data[i] = (uint64_t)(i + 1) * P3;
  while (n-- > 0) h = xxh64(data, h);
  return (int64_t)h;
}
