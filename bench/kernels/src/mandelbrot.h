// Iterations of the Mandelbrot set over a square; REAL is the number type.
#include "kernel.h"
KERNEL int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int32_t py = 0; py < n; py++)
    for (int32_t px = 0; px < n; px++) {
      REAL cx = (REAL)px * (REAL)3 / (REAL)n - (REAL)2.25, cy = (REAL)py * (REAL)2.5 / (REAL)n - (REAL)1.25;
      REAL x = 0, y = 0;
      uint32_t i = 0;
      for (; i < 100; i++) {
        REAL xx = x * x, yy = y * y;
        if (xx + yy > (REAL)4) break;
        y = (REAL)2 * x * y + cy;
        x = xx - yy + cx;
      }
      sum = mix(sum, i);
    }
  return (int32_t)sum;
}
