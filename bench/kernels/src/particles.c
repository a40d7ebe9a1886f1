// A particle system in f32: integrate, bounce, and bin into a grid.
#include "kernel.h"
#define COUNT 2000
static float px[COUNT], py[COUNT], vx[COUNT], vy[COUNT];
static int32_t bins[16][16];
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 71, sum = 0;
  for (int i = 0; i < COUNT; i++) {
    px[i] = (float)(next_random(&seed) >> 16) / 65536.0f, py[i] = (float)(next_random(&seed) >> 16) / 65536.0f;
    vx[i] = (float)(int32_t)next_random(&seed) * 1e-11f, vy[i] = (float)(int32_t)next_random(&seed) * 1e-11f;
  }
  while (n-- > 0) {
    for (int i = 0; i < COUNT; i++) {
      vy[i] -= 0.0001f;
      px[i] += vx[i], py[i] += vy[i];
      if (px[i] < 0 || px[i] > 1) vx[i] = -vx[i], px[i] = px[i] < 0 ? 0 : 1;
      if (py[i] < 0 || py[i] > 1) vy[i] = -0.9f * vy[i], py[i] = py[i] < 0 ? 0 : 1;
      bins[(int)(px[i] * 15.99f)][(int)(py[i] * 15.99f)]++;
    }
  }
  for (int i = 0; i < 256; i++) sum = mix(sum, (uint32_t)bins[i >> 4][i & 15]), bins[i >> 4][i & 15] = 0;
  return (int32_t)sum;
}
