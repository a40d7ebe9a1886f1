// String building: format words and numbers into a growing text, then search it.
#include "kernel.h"
#include <stdlib.h>
#include <string.h>
typedef struct { char *data; size_t length, room; } Text;
static void append(Text *t, const char *s, size_t n) {
  if (t->length + n + 1 > t->room) t->data = realloc(t->data, t->room = (t->length + n + 1) * 2);
  memcpy(t->data + t->length, s, n);
  t->data[t->length += n] = 0;
}
static void append_number(Text *t, uint32_t v) {
  char digits[10];
  int n = 10;
  do digits[--n] = (char)('0' + v % 10); while (v /= 10);
  append(t, digits + n, (size_t)(10 - n));
}
KERNEL int32_t run(int32_t n) {
  static const char *words[] = {"alpha", "beta", "gamma", "delta"};
  uint32_t seed = 43, sum = 0;
  while (n-- > 0) {
    Text t = {0};
    for (int i = 0; i < 200; i++) {
      const char *w = words[next_random(&seed) >> 30];
      append(&t, w, strlen(w));
      append(&t, "=", 1);
      append_number(&t, next_random(&seed) >> (seed & 31));
      append(&t, "; ", 2);
    }
    for (const char *p = t.data; (p = strstr(p, "gamma=1")); p++) sum++;
    for (const char *p = t.data; (p = strchr(p, ';')); p++) sum = mix(sum, (uint32_t)(p - t.data));
    free(t.data);
  }
  return (int32_t)sum;
}
