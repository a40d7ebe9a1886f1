// A backtracking matcher of . * + ? ^ $ and [classes], over lines of text.
#include "kernel.h"
static int match_here(const char *re, const char *text);
/** Length of the first element of the pattern, without its repetition. */
static int element(const char *re) {
  if (*re != '[') return 1;
  int n = 1;
  while (re[n] != ']') n++;
  return n + 1;
}
static int match_one(const char *re, char c) {
  if (!c) return 0;
  if (*re == '.') return 1;
  if (*re != '[') return *re == c;
  for (re++; *re != ']'; re++) {
    if (re[1] == '-' && re[2] != ']') {
      if (c >= re[0] && c <= re[2]) return 1;
      re += 2;
    } else if (*re == c) return 1;
  }
  return 0;
}
static int match_repeat(const char *re, int size, int least, int most, const char *text) {
  int n = 0;
  while (n < most && match_one(re, text[n])) n++;
  for (; n >= least; n--)
    if (match_here(re + size + 1, text + n)) return 1;
  return 0;
}
static int match_here(const char *re, const char *text) {
  if (!*re) return 1;
  if (re[0] == '$' && !re[1]) return !*text;
  int size = element(re);
  switch (re[size]) {
    case '*': return match_repeat(re, size, 0, 1 << 30, text);
    case '+': return match_repeat(re, size, 1, 1 << 30, text);
    case '?': return match_repeat(re, size, 0, 1, text);
    default: return match_one(re, *text) && match_here(re + size, text + 1);
  }
}
static int match(const char *re, const char *text) {
  if (*re == '^') return match_here(re + 1, text);
  do
    if (match_here(re, text)) return 1;
  while (*text++);
  return 0;
}
KERNEL int32_t run(int32_t n) {
  static const char *patterns[] = {"[a-z]+@[a-z]+.com", "^[0-9]+-[0-9]+", "ab*c.*d$", "(.*)x[0-9]?y", "qu?i+ck.*dog", "z+$"};
  static char line[81];
  uint32_t seed = 23;
  int32_t hits = 0;
  while (n-- > 0) {
    for (int i = 0; i < 80; i++) line[i] = "abcdexyz0123-@.m quickdog("[next_random(&seed) % 26];
    for (int i = 0; i < 6; i++) hits = hits * 3 + match(patterns[i], line);
  }
  return hits;
}
