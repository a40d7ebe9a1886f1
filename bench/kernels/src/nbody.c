// Gravitation of five bodies, f64.
#include "kernel.h"
typedef struct { double x, y, z, vx, vy, vz, mass; } Body;
static Body bodies[5];
KERNEL int32_t run(int32_t n) {
  for (int i = 0; i < 5; i++)
    bodies[i] = (Body){i * 4.8, 1.2 - i * 1.1, i * 0.4 - 0.1, 0.6 - i * 0.2, i * 0.3, 0.02 * i, i ? 0.04 / i : 39.5};
  while (n-- > 0) {
    for (int i = 0; i < 5; i++) {
      Body *a = &bodies[i];
      for (int j = i + 1; j < 5; j++) {
        Body *b = &bodies[j];
        double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z, d2 = dx * dx + dy * dy + dz * dz;
        double pull = 0.01 / (d2 * __builtin_sqrt(d2));
        a->vx -= dx * b->mass * pull, a->vy -= dy * b->mass * pull, a->vz -= dz * b->mass * pull;
        b->vx += dx * a->mass * pull, b->vy += dy * a->mass * pull, b->vz += dz * a->mass * pull;
      }
    }
    for (int i = 0; i < 5; i++) {
      Body *a = &bodies[i];
      a->x += 0.01 * a->vx, a->y += 0.01 * a->vy, a->z += 0.01 * a->vz;
    }
  }
  union { double d; uint32_t w[2]; } bits = {.d = bodies[0].x + bodies[1].y};
  return (int32_t)mix(bits.w[0], bits.w[1]);
}
