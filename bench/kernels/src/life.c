// Conway's game of life on a torus of bytes.
#include "kernel.h"
#define SIDE 128
static uint8_t grids[2][SIDE * SIDE];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 3, sum = 0;
  uint8_t *now = grids[0], *next = grids[1];
  for (int i = 0; i < SIDE * SIDE; i++) now[i] = next_random(&seed) >> 30 == 0;
  while (n-- > 0) {
    for (int y = 0; y < SIDE; y++) {
      const uint8_t *up = now + ((y - 1) & (SIDE - 1)) * SIDE, *row = now + y * SIDE;
      const uint8_t *down = now + ((y + 1) & (SIDE - 1)) * SIDE;
      for (int x = 0; x < SIDE; x++) {
        int l = (x - 1) & (SIDE - 1), r = (x + 1) & (SIDE - 1);
        int around = up[l] + up[x] + up[r] + row[l] + row[r] + down[l] + down[x] + down[r];
        next[y * SIDE + x] = around == 3 || (around == 2 && row[x]);
      }
    }
    uint8_t *t = now;
    now = next;
    next = t;
  }
  for (int i = 0; i < SIDE * SIDE; i++) sum = mix(sum, now[i]);
  return (int32_t)sum;
}
