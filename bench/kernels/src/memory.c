// memcpy, memmove and memset of many sizes, most of them small.
#include "kernel.h"
#include <string.h>
static uint8_t buffer[1 << 17];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 41, sum = 0;
  for (int i = 0; i < 1 << 17; i++) buffer[i] = (uint8_t)(i * 7);
  while (n-- > 0) {
    uint32_t r = next_random(&seed), size = r & 15 ? r >> 27 : r >> 18, from = r >> 3 & 0xFFFF, to = r >> 7 & 0xFFFF;
    switch (r >> 5 & 3) {
      case 0: memcpy(buffer + (from ^ 0x8000) % 32768, buffer + 65536 + to % 32768, size); break;
      case 1: memmove(buffer + from, buffer + to, size); break;
      case 2: memset(buffer + to, (int)(r & 255), size); break;
      default: sum += (uint32_t)memcmp(buffer + from, buffer + to, size) >> 31; break;
    }
    sum = mix(sum, buffer[to]);
  }
  return (int32_t)sum;
}
