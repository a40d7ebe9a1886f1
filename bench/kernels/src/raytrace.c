// Spheres and a checkered floor, traced in f32 with reflections.
#include "kernel.h"
typedef struct { float x, y, z; } Vec;
static Vec add(Vec a, Vec b) { return (Vec){a.x + b.x, a.y + b.y, a.z + b.z}; }
static Vec scale(Vec a, float k) { return (Vec){a.x * k, a.y * k, a.z * k}; }
static float dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static Vec unit(Vec a) { return scale(a, 1.0f / __builtin_sqrtf(dot(a, a))); }
static const Vec centers[] = {{0, 0, 6}, {2, 0.5f, 5}, {-2, -0.3f, 4}, {0.5f, 1.5f, 4}};
static const float radii[] = {1.2f, 0.8f, 0.7f, 0.4f};
static float hit(Vec from, Vec dir, int *which) {
  float nearest = 1e9f;
  *which = -1;
  for (int i = 0; i < 4; i++) {
    Vec to = add(centers[i], scale(from, -1));
    float along = dot(to, dir), off = dot(to, to) - along * along, r2 = radii[i] * radii[i];
    if (along < 0 || off > r2) continue;
    float t = along - __builtin_sqrtf(r2 - off);
    if (t > 0.001f && t < nearest) nearest = t, *which = i;
  }
  return nearest;
}
static float trace(Vec from, Vec dir, int depth) {
  int which;
  float t = hit(from, dir, &which);
  if (which < 0) {
    if (dir.y >= 0) return 0.3f + 0.5f * dir.y;
    float k = (from.y + 1.5f) / -dir.y;
    return ((int)(from.x + dir.x * k + 100) + (int)(from.z + dir.z * k)) & 1 ? 0.2f : 0.9f;
  }
  Vec point = add(from, scale(dir, t)), normal = unit(add(point, scale(centers[which], -1)));
  float light = dot(normal, (Vec){0.577f, 0.577f, -0.577f}), shade = light > 0 ? light : 0;
  if (!depth) return shade;
  return 0.6f * shade + 0.4f * trace(point, add(dir, scale(normal, -2 * dot(dir, normal))), depth - 1);
}
KERNEL int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++) {
      Vec dir = unit((Vec){(float)x / (float)n - 0.5f, 0.5f - (float)y / (float)n, 1});
      sum = mix(sum, (uint32_t)(trace((Vec){0, 0, 0}, dir, 3) * 255));
    }
  return (int32_t)sum;
}
