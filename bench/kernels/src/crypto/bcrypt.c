// bcrypt of a password with 2^n rounds of key schedules.
#include "../kernel.h"
#include "pi.h"
#include <string.h>
static uint32_t P[18], S[4][256];
static inline void encipher(uint32_t *x) {
  uint32_t l = x[0], r = x[1], t;
  for (int i = 0; i < 16; i++) {
    l ^= P[i], r ^= ((S[0][l >> 24] + S[1][l >> 16 & 255]) ^ S[2][l >> 8 & 255]) + S[3][l & 255];
    t = l, l = r, r = t;
  }
  x[0] = r ^ P[17], x[1] = l ^ P[16];
}
/** The next word of a text that repeats. */
static uint32_t next_word(const uint8_t *text, uint32_t length, uint32_t *at) {
  uint32_t w = 0;
  for (int i = 0; i < 4; i++) w = w << 8 | text[(*at)++ % length];
  return w;
}
static void expand(const uint32_t *salt, const uint8_t *key, uint32_t length) {
  uint32_t at = 0, x[2] = {0}, n = 0;
  for (int i = 0; i < 18; i++) P[i] ^= next_word(key, length, &at);
  for (int i = 0; i < 521; i++, n += 2) {
    x[0] ^= salt[n & 3], x[1] ^= salt[(n + 1) & 3], encipher(x);
    uint32_t *to = i < 9 ? P + 2 * i : &S[0][0] + 2 * (i - 9);
    to[0] = x[0], to[1] = x[1];
  }
}
static void bcrypt(uint32_t *out, int cost, const uint8_t *salt, const char *password) {
  static const uint32_t zero[4];
  uint32_t words[4], at = 0, length = (uint32_t)strlen(password) + 1;
  for (int i = 0; i < 4; i++) words[i] = next_word(salt, 16, &at);
  memcpy(P, PI, sizeof P), memcpy(S, PI + 18, sizeof S);
  expand(words, (const uint8_t *)password, length);
  for (uint32_t i = 0; i < 1u << cost; i++) expand(zero, (const uint8_t *)password, length), expand(zero, salt, 16);
  memcpy(out, (const uint32_t[6]){0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274}, 24);
  for (int i = 0; i < 6; i += 2)
    for (int j = 0; j < 64; j++) encipher(out + i);
}
KERNEL int32_t run(int32_t n) {
  uint32_t out[6], sum = 0;
  bcrypt(out, n, (const uint8_t *)"sixteen bytes of", "password");
  for (int i = 0; i < 6; i++) sum = mix(sum, out[i]);
  return (int32_t)sum;
}
