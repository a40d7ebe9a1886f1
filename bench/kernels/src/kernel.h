// What every kernel shares: fixed-width names, the export, a small generator and a checksum step.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define C_NAME extern "C"
#else
#define C_NAME
#endif
#ifdef __wasm__
#define KERNEL C_NAME __attribute__((export_name("run")))
#else
#define KERNEL C_NAME
#endif

/** The next number of a 32-bit xorshift generator. */
static inline uint32_t next_random(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/** One FNV-1a step over a whole word. */
static inline uint32_t mix(uint32_t hash, uint32_t value) { return (hash ^ value) * 16777619u; }

static inline uint32_t rotl32(uint32_t x, int k) { return x << k | x >> (32 - k); }
static inline uint64_t rotl64(uint64_t x, int k) { return x << k | x >> (64 - k); }
static inline uint64_t rotr64(uint64_t x, int k) { return x >> k | x << (64 - k); }
