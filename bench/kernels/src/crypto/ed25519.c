// Ed25519 (RFC 8032): n signatures, each verified; the field's elements are five words of 51 bits.
#include "sha512.h"
typedef uint64_t fe[5];
typedef unsigned __int128 wide;
#define MASK51 ((1ull << 51) - 1)
static fe ZERO = {0}, ONE = {1}, D, D2, SQRT_M1;
typedef struct { fe x, y, z, t; } point;
static point BASE;

static void fe_copy(fe r, const fe a) { memcpy(r, a, sizeof(fe)); }
static void fe_carry(fe r) {
  for (int i = 0; i < 4; i++) r[i + 1] += r[i] >> 51, r[i] &= MASK51;
  r[0] += 19 * (r[4] >> 51), r[4] &= MASK51;
}
static void fe_add(fe r, const fe a, const fe b) {
  for (int i = 0; i < 5; i++) r[i] = a[i] + b[i];
  fe_carry(r);
}
static void fe_sub(fe r, const fe a, const fe b) {
  r[0] = a[0] + 8 * (MASK51 - 18) - b[0];
  for (int i = 1; i < 5; i++) r[i] = a[i] + 8 * MASK51 - b[i];
  fe_carry(r);
}
static void fe_reduce(fe r, wide c0, wide c1, wide c2, wide c3, wide c4) {
  c1 += (uint64_t)(c0 >> 51), c2 += (uint64_t)(c1 >> 51), c3 += (uint64_t)(c2 >> 51), c4 += (uint64_t)(c3 >> 51);
  r[0] = ((uint64_t)c0 & MASK51) + 19 * (uint64_t)(c4 >> 51);
  r[1] = ((uint64_t)c1 & MASK51) + (r[0] >> 51), r[0] &= MASK51;
  r[2] = (uint64_t)c2 & MASK51, r[3] = (uint64_t)c3 & MASK51, r[4] = (uint64_t)c4 & MASK51;
}
static void fe_mul(fe r, const fe a, const fe b) {
  uint64_t b1 = 19 * b[1], b2 = 19 * b[2], b3 = 19 * b[3], b4 = 19 * b[4];
  wide c0 = (wide)a[0] * b[0] + (wide)a[1] * b4 + (wide)a[2] * b3 + (wide)a[3] * b2 + (wide)a[4] * b1;
  wide c1 = (wide)a[0] * b[1] + (wide)a[1] * b[0] + (wide)a[2] * b4 + (wide)a[3] * b3 + (wide)a[4] * b2;
  wide c2 = (wide)a[0] * b[2] + (wide)a[1] * b[1] + (wide)a[2] * b[0] + (wide)a[3] * b4 + (wide)a[4] * b3;
  wide c3 = (wide)a[0] * b[3] + (wide)a[1] * b[2] + (wide)a[2] * b[1] + (wide)a[3] * b[0] + (wide)a[4] * b4;
  wide c4 = (wide)a[0] * b[4] + (wide)a[1] * b[3] + (wide)a[2] * b[2] + (wide)a[3] * b[1] + (wide)a[4] * b[0];
  fe_reduce(r, c0, c1, c2, c3, c4);
}
static void fe_square(fe r, const fe a) {
  uint64_t d0 = 2 * a[0], d1 = 2 * a[1], d2 = 38 * a[2], m3 = 19 * a[3], m4 = 19 * a[4], d4 = 38 * a[4];
  wide c0 = (wide)a[0] * a[0] + (wide)d4 * a[1] + (wide)d2 * a[3];
  wide c1 = (wide)d0 * a[1] + (wide)d4 * a[2] + (wide)m3 * a[3];
  wide c2 = (wide)d0 * a[2] + (wide)a[1] * a[1] + (wide)d4 * a[3];
  wide c3 = (wide)d0 * a[3] + (wide)d1 * a[2] + (wide)m4 * a[4];
  wide c4 = (wide)d0 * a[4] + (wide)d1 * a[3] + (wide)a[2] * a[2];
  fe_reduce(r, c0, c1, c2, c3, c4);
}
/** a to the power whose bits are `low`, then ones up to bit `bits` - 1. */
static void fe_power(fe r, const fe a, uint32_t low, int bits) {
  fe x;
  fe_copy(x, ONE);
  for (int i = bits - 1; i >= 0; i--) {
    fe_square(x, x);
    if (i >= 8 || (low >> i & 1) != 0) fe_mul(x, x, a);
  }
  fe_copy(r, x);
}
static void fe_invert(fe r, const fe a) { fe_power(r, a, 0xeb, 255); }
static void fe_bytes(uint8_t *out, const fe a) {
  fe x;
  fe_copy(x, a), fe_carry(x), fe_carry(x);
  // Once minus the prime, where that is not negative.
  uint64_t q = (x[0] + 19) >> 51;
  for (int i = 1; i < 5; i++) q = (x[i] + q) >> 51;
  x[0] += 19 * q;
  for (int i = 0; i < 4; i++) x[i + 1] += x[i] >> 51, x[i] &= MASK51;
  x[4] &= MASK51;
  uint64_t w[4] = {x[0] | x[1] << 51, x[1] >> 13 | x[2] << 38, x[2] >> 26 | x[3] << 25, x[3] >> 39 | x[4] << 12};
  memcpy(out, w, 32);
}
static void fe_from(fe r, const uint8_t *in) {
  uint64_t w[4];
  memcpy(w, in, 32);
  r[0] = w[0] & MASK51, r[1] = (w[0] >> 51 | w[1] << 13) & MASK51, r[2] = (w[1] >> 38 | w[2] << 26) & MASK51;
  r[3] = (w[2] >> 25 | w[3] << 39) & MASK51, r[4] = w[3] >> 12 & MASK51;
}
static int fe_equal(const fe a, const fe b) {
  uint8_t x[32], y[32];
  fe_bytes(x, a), fe_bytes(y, b);
  return memcmp(x, y, 32) == 0;
}

static void point_add(point *r, const point *p, const point *q) {
  fe a, b, c, d, e, f, g, h;
  fe_sub(a, p->y, p->x), fe_sub(b, q->y, q->x), fe_mul(a, a, b);
  fe_add(b, p->y, p->x), fe_add(c, q->y, q->x), fe_mul(b, b, c);
  fe_mul(c, p->t, q->t), fe_mul(c, c, D2), fe_mul(d, p->z, q->z), fe_add(d, d, d);
  fe_sub(e, b, a), fe_sub(f, d, c), fe_add(g, d, c), fe_add(h, b, a);
  fe_mul(r->x, e, f), fe_mul(r->y, g, h), fe_mul(r->t, e, h), fe_mul(r->z, f, g);
}
static void point_double(point *r, const point *p) {
  fe a, b, c, e, f, g, h;
  fe_square(a, p->x), fe_square(b, p->y), fe_square(c, p->z), fe_add(c, c, c), fe_add(h, a, b);
  fe_add(e, p->x, p->y), fe_square(e, e), fe_sub(e, h, e), fe_sub(g, a, b), fe_add(f, c, g);
  fe_mul(r->x, e, f), fe_mul(r->y, g, h), fe_mul(r->t, e, h), fe_mul(r->z, f, g);
}
static void point_multiply(point *r, const point *p, const uint8_t *scalar) {
  point table[16] = {{{0}, {1}, {1}, {0}}}, x = table[0];
  for (int i = 1; i < 16; i++) point_add(&table[i], &table[i - 1], p);
  for (int i = 63; i >= 0; i--) {
    for (int j = 0; j < 4; j++) point_double(&x, &x);
    point_add(&x, &x, &table[scalar[i / 2] >> 4 * (i & 1) & 15]);
  }
  *r = x;
}
static void point_bytes(uint8_t *out, const point *p) {
  fe i, x, y;
  uint8_t sign[32];
  fe_invert(i, p->z), fe_mul(x, p->x, i), fe_mul(y, p->y, i);
  fe_bytes(out, y), fe_bytes(sign, x);
  out[31] ^= (uint8_t)(sign[0] << 7);
}
static int point_from(point *p, const uint8_t *in) {
  fe u, v, x, t;
  fe_from(p->y, in), fe_copy(p->z, ONE);
  fe_square(u, p->y), fe_mul(v, u, D), fe_sub(u, u, ONE), fe_add(v, v, ONE);
  // The root of u / v is u v^3 (u v^7)^((p - 5) / 8), or that times the root of -1.
  fe_square(t, v), fe_mul(t, t, v), fe_mul(x, t, u), fe_square(t, t), fe_mul(t, t, v), fe_mul(t, t, u);
  fe_power(t, t, 0xfd, 252), fe_mul(x, x, t);
  fe_square(t, x), fe_mul(t, t, v);
  if (!fe_equal(t, u)) {
    fe_mul(x, x, SQRT_M1), fe_square(t, x), fe_mul(t, t, v);
    if (!fe_equal(t, u)) return 0;
  }
  uint8_t bytes[32];
  fe_bytes(bytes, x);
  if ((bytes[0] & 1) != in[31] >> 7) fe_sub(x, ZERO, x);
  fe_copy(p->x, x), fe_mul(p->t, x, p->y);
  return 1;
}

static const uint32_t ORDER[8] = {0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000};
/** A number of 512 bits modulo the group's order, bit by bit. */
static void reduce(uint8_t *out, const uint32_t *wide_number) {
  uint32_t r[8] = {0}, s[8];
  for (int i = 511; i >= 0; i--) {
    uint32_t carry = wide_number[i / 32] >> i % 32 & 1;
    uint64_t borrow = 0;
    for (int j = 0; j < 8; j++) {
      uint32_t word = r[j] << 1 | carry;
      carry = r[j] >> 31, r[j] = word;
      borrow = (uint64_t)word - ORDER[j] - borrow, s[j] = (uint32_t)borrow, borrow = borrow >> 63;
    }
    if (borrow == 0) memcpy(r, s, sizeof r);
  }
  memcpy(out, r, 32);
}
static void hash_scalar(uint8_t *out, const void *a, size_t na, const void *b, size_t nb, const void *c, size_t nc) {
  sha512_state s;
  uint32_t digest[16];
  sha512_init(&s), sha512_update(&s, a, na), sha512_update(&s, b, nb), sha512_update(&s, c, nc);
  sha512_final(&s, (uint8_t *)digest);
  reduce(out, digest);
}
static void setup(void) {
  fe a = {121666}, t = {121665}, five = {5};
  fe_invert(a, a), fe_mul(t, t, a), fe_sub(D, ZERO, t), fe_add(D2, D, D);
  fe two = {2};
  // 2^((p - 1) / 4): the bits of (p - 5) / 8 doubled, plus one.
  fe_power(t, two, 0xfd, 252), fe_square(t, t), fe_mul(SQRT_M1, t, two);
  fe four = {4};
  uint8_t bytes[32];
  fe_invert(a, five), fe_mul(t, four, a), fe_bytes(bytes, t), point_from(&BASE, bytes);
}
static void sign(uint8_t *signature, uint8_t *public_key, const uint8_t *seed, const uint8_t *message, size_t n) {
  sha512_state s;
  uint8_t key[64], nonce[32], k[32];
  point p;
  sha512_init(&s), sha512_update(&s, seed, 32), sha512_final(&s, key);
  key[0] &= 248, key[31] = (uint8_t)((key[31] & 63) | 64);
  point_multiply(&p, &BASE, key), point_bytes(public_key, &p);
  hash_scalar(nonce, key + 32, 32, message, n, "", 0);
  point_multiply(&p, &BASE, nonce), point_bytes(signature, &p);
  hash_scalar(k, signature, 32, public_key, 32, message, n);
  uint32_t x[8], y[8], sum[16] = {0};
  memcpy(x, k, 32), memcpy(y, key, 32), memcpy(sum, nonce, 32);
  for (int i = 0; i < 8; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < 8; j++) carry += (uint64_t)x[i] * y[j] + sum[i + j], sum[i + j] = (uint32_t)carry, carry >>= 32;
    for (int j = i + 8; j < 16; j++) carry += sum[j], sum[j] = (uint32_t)carry, carry >>= 32;
  }
  reduce(signature + 32, sum);
}
static int verify(const uint8_t *signature, const uint8_t *public_key, const uint8_t *message, size_t n) {
  point a, b;
  uint8_t k[32], r[32];
  if (!point_from(&a, public_key)) return 0;
  fe_sub(a.x, ZERO, a.x), fe_sub(a.t, ZERO, a.t);
  hash_scalar(k, signature, 32, public_key, 32, message, n);
  point_multiply(&a, &a, k), point_multiply(&b, &BASE, signature + 32), point_add(&a, &a, &b), point_bytes(r, &a);
  return memcmp(r, signature, 32) == 0;
}
KERNEL int32_t run(int32_t n) {
  uint8_t seed[32] = {0}, public_key[32], signature[64] = {0};
  uint32_t sum = 0;
  setup();
  for (int i = 0; i < n; i++) {
    seed[0] = (uint8_t)i;
    sign(signature, public_key, seed, signature, 40);
    sum = mix(sum, (uint32_t)verify(signature, public_key, signature, 40));
    signature[0] ^= 1;
    sum = mix(sum, (uint32_t)verify(signature, public_key, signature, 40));
    sum = mix(sum, signature[33]);
  }
  return (int32_t)sum;
}
