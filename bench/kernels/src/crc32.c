// CRC-32 of a buffer by one table lookup a byte.
#include "kernel.h"
#define SIZE 65536
static uint8_t data[SIZE];
static uint32_t table[256];
KERNEL int32_t run(int32_t n) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  uint32_t seed = 1, crc = 0;
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)next_random(&seed);
  while (n-- > 0) {
    crc = ~crc;
    for (int i = 0; i < SIZE; i++) crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
    crc = ~crc;
  }
  return (int32_t)crc;
}
