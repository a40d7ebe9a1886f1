// ML-KEM-768 (FIPS 203): n times a key pair, an encapsulation and the decapsulation of it.
#include "../kernel.h"
#include <string.h>
#define Q 3329
#define N 256
#define K 3
typedef int16_t poly[N];

static void keccak(uint64_t *a) {
  static const uint8_t steps[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
  static const uint8_t places[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
  uint8_t lfsr = 1;
  for (int round = 0; round < 24; round++) {
    uint64_t c[5], t;
    for (int i = 0; i < 5; i++) c[i] = a[i] ^ a[i + 5] ^ a[i + 10] ^ a[i + 15] ^ a[i + 20];
    for (int i = 0; i < 5; i++)
      for (int j = 0; j < 25; j += 5) a[j + i] ^= c[(i + 4) % 5] ^ rotl64(c[(i + 1) % 5], 1);
    t = a[1];
    for (int i = 0; i < 24; i++) {
      uint64_t next = a[places[i]];
      a[places[i]] = rotl64(t, steps[i]), t = next;
    }
    for (int j = 0; j < 25; j += 5) {
      for (int i = 0; i < 5; i++) c[i] = a[j + i];
      for (int i = 0; i < 5; i++) a[j + i] ^= ~c[(i + 1) % 5] & c[(i + 2) % 5];
    }
    for (int j = 0; j < 7; j++) {
      if (lfsr & 1) a[0] ^= 1ull << ((1 << j) - 1);
      lfsr = (uint8_t)(lfsr << 1 ^ (lfsr >> 7) * 0x71);
    }
  }
}
typedef struct { uint64_t a[25]; uint32_t rate, at; } sponge;
static void absorb(sponge *s, uint32_t rate, uint8_t end, const uint8_t *x, size_t nx, const uint8_t *y, size_t ny) {
  memset(s, 0, sizeof *s), s->rate = rate;
  for (size_t i = 0; i < nx + ny; i++) {
    ((uint8_t *)s->a)[s->at++] ^= i < nx ? x[i] : y[i - nx];
    if (s->at == rate) keccak(s->a), s->at = 0;
  }
  ((uint8_t *)s->a)[s->at] ^= end, ((uint8_t *)s->a)[rate - 1] ^= 0x80;
  s->at = rate;
}
static void squeeze(sponge *s, uint8_t *out, size_t n) {
  while (n-- > 0) {
    if (s->at == s->rate) keccak(s->a), s->at = 0;
    *out++ = ((uint8_t *)s->a)[s->at++];
  }
}
static void hash(uint8_t *out, size_t n, uint32_t rate, uint8_t end, const uint8_t *x, size_t nx, const uint8_t *y, size_t ny) {
  sponge s;
  absorb(&s, rate, end, x, nx, y, ny), squeeze(&s, out, n);
}
#define H(out, x, n) hash(out, 32, 136, 6, x, n, x, 0)
#define G(out, x, nx, y, ny) hash(out, 64, 72, 6, x, nx, y, ny)
#define J(out, x, nx, y, ny) hash(out, 32, 136, 31, x, nx, y, ny)

static int16_t zetas[128];
static int power(int exponent) {
  int r = 1;
  while (exponent-- > 0) r = r * 17 % Q;
  return r;
}
static int reversed(int i) {
  int r = 0;
  for (int j = 0; j < 7; j++) r |= (i >> j & 1) << (6 - j);
  return r;
}
static void ntt(poly f) {
  for (int size = 128, k = 1; size >= 2; size /= 2)
    for (int start = 0; start < N; start += 2 * size, k++)
      for (int j = start; j < start + size; j++) {
        int t = zetas[k] * f[j + size] % Q;
        f[j + size] = (int16_t)((f[j] - t + Q) % Q), f[j] = (int16_t)((f[j] + t) % Q);
      }
}
static void inverse_ntt(poly f) {
  for (int size = 2, k = 127; size <= 128; size *= 2)
    for (int start = 0; start < N; start += 2 * size, k--)
      for (int j = start; j < start + size; j++) {
        int t = f[j];
        f[j] = (int16_t)((t + f[j + size]) % Q), f[j + size] = (int16_t)(zetas[k] * (f[j + size] - t + Q) % Q);
      }
  for (int i = 0; i < N; i++) f[i] = (int16_t)(f[i] * 3303 % Q);
}
static void multiply_add(poly r, const poly a, const poly b) {
  for (int i = 0; i < N; i += 2) {
    int gamma = i % 4 == 0 ? zetas[64 + i / 4] : Q - zetas[64 + i / 4];
    r[i] = (int16_t)((r[i] + a[i] * b[i] + a[i + 1] * b[i + 1] % Q * gamma) % Q);
    r[i + 1] = (int16_t)((r[i + 1] + a[i] * b[i + 1] + a[i + 1] * b[i]) % Q);
  }
}
static void add(poly r, const poly a) {
  for (int i = 0; i < N; i++) r[i] = (int16_t)((r[i] + a[i]) % Q);
}
static void encode(uint8_t *out, const poly f, int bits) {
  uint32_t word = 0;
  int have = 0;
  for (int i = 0; i < N; i++) {
    word |= (uint32_t)f[i] << have, have += bits;
    for (; have >= 8; have -= 8, word >>= 8) *out++ = (uint8_t)word;
  }
}
static void decode(poly f, const uint8_t *in, int bits) {
  uint32_t word = 0;
  int have = 0;
  for (int i = 0; i < N; i++) {
    for (; have < bits; have += 8) word |= (uint32_t)*in++ << have;
    f[i] = (int16_t)(word & ((1u << bits) - 1)), word >>= bits, have -= bits;
  }
}
static void shorten(poly f, int bits) {
  for (int i = 0; i < N; i++) f[i] = (int16_t)((((uint32_t)f[i] << bits) + Q / 2) / Q & ((1u << bits) - 1));
}
static void widen(poly f, int bits) {
  for (int i = 0; i < N; i++) f[i] = (int16_t)((uint32_t)(f[i] * Q + (1 << (bits - 1))) >> bits);
}
static void sample(poly f, const uint8_t *rho, int i, int j) {
  sponge s;
  uint8_t place[2] = {(uint8_t)i, (uint8_t)j}, three[3];
  absorb(&s, 168, 31, rho, 32, place, 2);
  for (int n = 0; n < N;) {
    squeeze(&s, three, 3);
    int x = three[0] | (three[1] & 15) << 8, y = three[1] >> 4 | three[2] << 4;
    if (x < Q) f[n++] = (int16_t)x;
    if (y < Q && n < N) f[n++] = (int16_t)y;
  }
}
static void noise(poly f, const uint8_t *seed, int n) {
  uint8_t count = (uint8_t)n, bytes[128];
  hash(bytes, 128, 136, 31, seed, 32, &count, 1);
  for (int i = 0; i < N; i++) {
    int x = bytes[i / 2] >> i % 2 * 4;
    f[i] = (int16_t)(((x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3 & 1) + Q) % Q);
  }
}
#define VECTOR (384 * K)
static void key_pair(uint8_t *ek, uint8_t *dk, const uint8_t *d, const uint8_t *z) {
  uint8_t seeds[64], k = K;
  poly s[K], t, a;
  G(seeds, d, 32, &k, 1);
  for (int i = 0; i < K; i++) noise(s[i], seeds + 32, i), ntt(s[i]), encode(dk + 384 * i, s[i], 12);
  for (int i = 0; i < K; i++) {
    noise(t, seeds + 32, K + i), ntt(t);
    for (int j = 0; j < K; j++) sample(a, seeds, j, i), multiply_add(t, a, s[j]);
    encode(ek + 384 * i, t, 12);
  }
  memcpy(ek + VECTOR, seeds, 32);
  memcpy(dk + VECTOR, ek, VECTOR + 32), H(dk + 2 * VECTOR + 32, ek, VECTOR + 32), memcpy(dk + 2 * VECTOR + 64, z, 32);
}
static void encrypt(uint8_t *c, const uint8_t *ek, const uint8_t *m, const uint8_t *seed) {
  poly y[K], t, a, v = {0}, message;
  for (int i = 0; i < K; i++) noise(y[i], seed, i), ntt(y[i]);
  for (int i = 0; i < K; i++) {
    poly u = {0};
    for (int j = 0; j < K; j++) sample(a, ek + VECTOR, i, j), multiply_add(u, a, y[j]);
    inverse_ntt(u), noise(t, seed, K + i), add(u, t), shorten(u, 10), encode(c + 320 * i, u, 10);
    decode(t, ek + 384 * i, 12), multiply_add(v, t, y[i]);
  }
  inverse_ntt(v), noise(t, seed, 2 * K), add(v, t);
  decode(message, m, 1), widen(message, 1), add(v, message), shorten(v, 4), encode(c + 320 * K, v, 4);
}
static void encapsulate(uint8_t *secret, uint8_t *c, const uint8_t *ek, const uint8_t *m) {
  uint8_t digest[32], out[64];
  H(digest, ek, VECTOR + 32), G(out, m, 32, digest, 32);
  memcpy(secret, out, 32), encrypt(c, ek, m, out + 32);
}
static void decapsulate(uint8_t *secret, const uint8_t *dk, const uint8_t *c) {
  uint8_t m[32], out[64], again[1088];
  poly v, w = {0}, t, s;
  for (int i = 0; i < K; i++)
    decode(t, c + 320 * i, 10), widen(t, 10), ntt(t), decode(s, dk + 384 * i, 12), multiply_add(w, s, t);
  inverse_ntt(w), decode(v, c + 320 * K, 4), widen(v, 4);
  for (int i = 0; i < N; i++) v[i] = (int16_t)((v[i] - w[i] + Q) % Q);
  shorten(v, 1), encode(m, v, 1);
  G(out, m, 32, dk + 2 * VECTOR + 32, 32), encrypt(again, dk + VECTOR, m, out + 32);
  memcpy(secret, out, 32);
  if (memcmp(c, again, sizeof again) != 0) J(secret, dk + 2 * VECTOR + 64, 32, c, sizeof again);
}
KERNEL int32_t run(int32_t n) {
  static uint8_t ek[VECTOR + 32], dk[2 * VECTOR + 96], c[1088];
  uint8_t d[32] = {0}, z[32] = {1}, m[32] = {2}, first[32], second[32];
  uint32_t sum = 0;
  for (int i = 0; i < 128; i++) zetas[i] = (int16_t)power(reversed(i));
  for (int i = 0; i < n; i++) {
    d[0] = (uint8_t)i;
    key_pair(ek, dk, d, z), encapsulate(first, c, ek, m);
    c[0] ^= i % 4 == 3, decapsulate(second, dk, c);
    sum = mix(sum, (uint32_t)(memcmp(first, second, 32) == 0)), sum = mix(sum, second[0]);
  }
  return (int32_t)sum;
}
