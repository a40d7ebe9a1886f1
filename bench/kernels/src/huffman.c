// Huffman coding of bytes: build the tree, encode bit by bit, decode.
#include "kernel.h"
#define SIZE 16384
static uint8_t plain[SIZE], bits[SIZE * 2];
static int32_t weight[512], parent[512], child[512][2];
static int32_t build(void) {
  for (int i = 0; i < 512; i++) weight[i] = 0;
  for (int i = 0; i < SIZE; i++) weight[plain[i]]++;
  int32_t nodes = 256;
  for (;;) {
    int32_t a = -1, b = -1;
    for (int32_t i = 0; i < nodes; i++) {
      if (weight[i] <= 0) continue;
      if (a < 0 || weight[i] < weight[a]) b = a, a = i;
      else if (b < 0 || weight[i] < weight[b]) b = i;
    }
    if (b < 0) return a;
    weight[nodes] = weight[a] + weight[b];
    child[nodes][0] = a, child[nodes][1] = b;
    parent[a] = nodes << 1, parent[b] = nodes << 1 | 1;
    weight[a] = weight[b] = 0;
    nodes++;
  }
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 67, sum = 0;
  while (n-- > 0) {
    for (int i = 0; i < SIZE; i++) plain[i] = (uint8_t)(__builtin_clz(next_random(&seed) | 1) * 3 + (seed & 3));
    int32_t root = build(), at = 0;
    for (int i = 0; i < SIZE; i++) {
      uint32_t code = 0;
      int32_t length = 0;
      for (int32_t node = plain[i]; node != root; node = parent[node] >> 1, length++) code = code << 1 | (parent[node] & 1);
      for (; length > 0; length--, at++, code >>= 1)
        bits[at >> 3] = (uint8_t)((bits[at >> 3] & ~(1u << (at & 7))) | (code & 1) << (at & 7));
    }
    for (int32_t i = 0; i < at;) {
      int32_t node = root;
      while (node >= 256) node = child[node][bits[i >> 3] >> (i & 7) & 1], i++;
      sum = mix(sum, (uint32_t)node);
    }
  }
  return (int32_t)sum;
}
