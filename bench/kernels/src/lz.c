// An LZ77 byte compressor with a hash of three bytes, and its decompressor.
#include "kernel.h"
#define SIZE 65536
static uint8_t plain[SIZE], packed[SIZE * 2], again[SIZE + 300];
static int32_t heads[4096];
static int32_t compress(void) {
  int32_t out = 0, at = 0;
  for (int i = 0; i < 4096; i++) heads[i] = -1;
  while (at < SIZE) {
    int32_t length = 0, from = -1;
    if (at + 3 < SIZE) {
      uint32_t h = (plain[at] | (uint32_t)plain[at + 1] << 8 | (uint32_t)plain[at + 2] << 16) * 2654435761u >> 20;
      from = heads[h];
      heads[h] = at;
      if (from >= 0 && at - from < 65536)
        while (length < 255 && at + length < SIZE && plain[from + length] == plain[at + length]) length++;
    }
    if (length >= 4) {
      int32_t distance = at - from;
      packed[out++] = 1;
      packed[out++] = (uint8_t)length;
      packed[out++] = (uint8_t)distance;
      packed[out++] = (uint8_t)(distance >> 8);
      at += length;
    } else {
      packed[out++] = 0;
      packed[out++] = plain[at++];
    }
  }
  return out;
}
static int32_t expand(int32_t size) {
  int32_t at = 0;
  for (int32_t i = 0; i < size;) {
    if (packed[i] == 0) {
      again[at++] = packed[i + 1];
      i += 2;
    } else {
      int32_t length = packed[i + 1], from = at - (packed[i + 2] | packed[i + 3] << 8);
      while (length-- > 0) again[at++] = again[from++];
      i += 4;
    }
  }
  return at;
}
KERNEL int32_t run(int32_t n) {
  static const char *words[] = {"the ", "quick ", "brown ", "fox ", "jumps ", "over ", "lazy ", "dog. "};
  uint32_t seed = 13, sum = 0;
  while (n-- > 0) {
    for (int32_t at = 0; at < SIZE;)
      for (const char *w = words[next_random(&seed) >> 29]; *w && at < SIZE; w++) plain[at++] = (uint8_t)*w;
    int32_t size = compress();
    sum = mix(sum, (uint32_t)size);
    sum = mix(sum, (uint32_t)expand(size));
    for (int i = 0; i < SIZE; i += 101) sum = mix(sum, again[i]);
  }
  return (int32_t)sum;
}
