// ChaCha20 key stream, n blocks.
#include "kernel.h"
static void block(uint32_t out[16], const uint32_t in[16]) {
  uint32_t x[16];
  for (int i = 0; i < 16; i++) x[i] = in[i];
#define Q(a, b, c, d)                                                                                                  \
  x[a] += x[b], x[d] = rotl32(x[d] ^ x[a], 16), x[c] += x[d], x[b] = rotl32(x[b] ^ x[c], 12), x[a] += x[b],            \
      x[d] = rotl32(x[d] ^ x[a], 8), x[c] += x[d], x[b] = rotl32(x[b] ^ x[c], 7)
  for (int i = 0; i < 10; i++) {
    Q(0, 4, 8, 12);
    Q(1, 5, 9, 13);
    Q(2, 6, 10, 14);
    Q(3, 7, 11, 15);
    Q(0, 5, 10, 15);
    Q(1, 6, 11, 12);
    Q(2, 7, 8, 13);
    Q(3, 4, 9, 14);
  }
  for (int i = 0; i < 16; i++) out[i] = x[i] + in[i];
}
KERNEL int32_t run(int32_t n) {
  uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, out[16], sum = 0;
  for (int i = 4; i < 16; i++) state[i] = (uint32_t)i * 0x01020304u;
  while (n-- > 0) {
    state[12]++;
    block(out, state);
    for (int i = 0; i < 16; i++) sum = mix(sum, out[i]);
  }
  return (int32_t)sum;
}
