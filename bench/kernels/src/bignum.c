// Decimal digits of e by a spigot over 32-bit limbs: 64-bit products, divisions and carries.
#include "kernel.h"
#define LIMBS 64
static uint32_t numerator[LIMBS], sum_[LIMBS];
KERNEL int32_t run(int32_t n) {
  uint32_t hash = 0;
  while (n-- > 0) {
    for (int i = 0; i < LIMBS; i++) numerator[i] = sum_[i] = 0;
    numerator[LIMBS - 1] = sum_[LIMBS - 1] = 1;
    for (uint32_t k = 1; k < 300; k++) {
      uint64_t rest = 0, carry = 0;
      for (int i = LIMBS - 1; i >= 0; i--) {
        uint64_t x = rest << 32 | numerator[i];
        numerator[i] = (uint32_t)(x / k);
        rest = x % k;
      }
      for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)sum_[i] + numerator[i];
        sum_[i] = (uint32_t)carry;
        carry >>= 32;
      }
    }
    for (int d = 0; d < 60; d++) {
      uint64_t carry = 0;
      for (int i = 0; i < LIMBS - 1; i++) {
        carry += (uint64_t)sum_[i] * 1000000000u;
        sum_[i] = (uint32_t)carry;
        carry >>= 32;
      }
      hash = mix(hash, (uint32_t)carry);
    }
  }
  return (int32_t)hash;
}
