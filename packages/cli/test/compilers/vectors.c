// Loops that a compiler makes vectors of (-O3 -msimd128), in all widths, and vectors of the language's extension.
#include <stdint.h>
#include <stdio.h>
#define N 1000
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef int16_t halves __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));
static uint8_t a[N + 32], b[N + 32], c[N + 32];
static int16_t s[N], t[N];
static int32_t x[N], y[N];
static int64_t wide[N];
static float f[N], g[N];
static double d[N];
static uint32_t seed = 1;
static uint32_t next(void) { return seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5; }
static uint32_t sum(const void *p, int size) {
  const uint8_t *bytes = p;
  uint32_t hash = 2166136261u;
  for (int i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}
static void fill(void) {
  for (int i = 0; i < N; i++) {
    a[i] = (uint8_t)next(), b[i] = (uint8_t)next(), s[i] = (int16_t)next(), t[i] = (int16_t)next();
    x[i] = (int32_t)next(), y[i] = (int32_t)(next() % 1000) + 1;
    f[i] = (float)(int32_t)next() / 65536.0f, g[i] = (float)(next() % 4096) / 16.0f, d[i] = (double)(int32_t)next() / 3.0;
  }
}
static void blend(int alpha) {
  for (int i = 0; i < N; i++) c[i] = (uint8_t)((a[i] * alpha + b[i] * (255 - alpha) + 128) >> 8);
}
static void saturate(void) {
  for (int i = 0; i < N; i++) {
    int v = s[i] + t[i];
    t[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
  }
}
static int32_t dot(void) {
  int32_t all = 0;
  for (int i = 0; i < N; i++) all += (s[i] >> 4) * (t[i] >> 4);
  return all;
}
static void upper(void) {
  for (int i = 0; i < N; i++) c[i] = a[i] >= 'a' && a[i] <= 'z' ? a[i] - 32 : a[i];
}
static int count(uint8_t value) {
  int found = 0;
  for (int i = 0; i < N; i++) found += a[i] == value;
  return found;
}
static uint32_t differences(void) {
  uint32_t all = 0;
  for (int i = 0; i < N; i++) all += (uint32_t)(a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]);
  return all;
}
int main(void) {
  fill();
  for (int alpha = 0; alpha < 256; alpha += 51) blend(alpha), printf("blend %08x\n", sum(c, N));
  saturate(), printf("saturate %08x\n", sum(t, sizeof t));
  printf("dot %d\n", dot());
  upper(), printf("upper %08x\n", sum(c, N));
  printf("count %d, differences %u\n", count('e'), differences());
  for (int i = 0; i < N; i++) x[i] = x[i] > y[i] ? x[i] / 3 - y[i] : x[i] * y[i] + (x[i] >> (i & 7));
  printf("words %08x\n", sum(x, sizeof x));
  for (int i = 0; i < N; i++) wide[i] = (int64_t)x[i] * y[i] + ((int64_t)x[i] << 7);
  printf("wide %08x\n", sum(wide, sizeof wide));
  for (int i = 0; i < N; i++) f[i] = f[i] < g[i] ? f[i] * g[i] + 1.5f : f[i] / (g[i] + 1.0f);
  printf("floats %08x\n", sum(f, sizeof f));
  for (int i = 0; i < N; i++) d[i] = d[i] * 0.5 - (double)x[i], y[i] = (int32_t)(d[i] / 1e6);
  printf("doubles %08x %08x\n", sum(d, sizeof d), sum(y, sizeof y));
  bytes p = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, q = p * 17;
  halves h = {-1, 2, -3, 4, -5, 6, -7, 8}, k = h * 1000;
  floats z = {1.5f, -2.5f, 3.25f, 1e30f};
  for (int i = 0; i < 50; i++) {
    q = (q ^ __builtin_shufflevector(q, p, 15, 16, 0, 17, 1, 18, 2, 19, 3, 20, 4, 21, 5, 22, 6, 23)) + (p >> 1);
    k = (k >> 1) * h + __builtin_shufflevector(k, h, 1, 0, 3, 2, 13, 12, 15, 14) + (k > h);
    z = z * 0.75f + __builtin_convertvector(__builtin_shufflevector(k, k, 0, 2, 4, 6), floats);
  }
  printf("vectors %08x %08x %08x\n", sum(&q, 16), sum(&k, 16), sum(&z, 16));
  return 0;
}
