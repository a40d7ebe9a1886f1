// A recursive-descent JSON reader: builds a tree in an arena, then sums it.
#include "kernel.h"
typedef struct Node { int32_t type, length; double number; struct Node *child, *next; } Node;
static char text[40000];
static Node arena[20000];
static int32_t used, size;
static const char *at;
static Node *value(void);
static void put(const char *s) { while (*s) text[size++] = *s++; }
static void put_number(uint32_t v) {
  char digits[10];
  int n = 0;
  do digits[n++] = (char)('0' + v % 10); while (v /= 10);
  while (n) text[size++] = digits[--n];
}
static void space(void) { while (*at == ' ' || *at == '\n') at++; }
static Node *node(int32_t type) {
  Node *n = &arena[used++];
  *n = (Node){.type = type};
  return n;
}
static Node *number(void) {
  Node *n = node(1);
  double v = 0, scale = 1;
  int negative = *at == '-';
  if (negative) at++;
  while (*at >= '0' && *at <= '9') v = v * 10 + (*at++ - '0');
  if (*at == '.')
    for (at++; *at >= '0' && *at <= '9'; at++) v += (*at - '0') * (scale /= 10);
  n->number = negative ? -v : v;
  return n;
}
static Node *string(void) {
  Node *n = node(2);
  uint32_t hash = 0;
  for (at++; *at != '"'; at++, n->length++) {
    if (*at == '\\') at++;
    hash = mix(hash, (uint8_t)*at);
  }
  at++;
  n->number = hash;
  return n;
}
static Node *list(char close, int keyed) {
  Node *n = node(keyed ? 4 : 3), **tail = &n->child;
  at++;
  space();
  while (*at != close) {
    if (keyed) {
      *tail = string();
      tail = &(*tail)->next;
      space();
      at++;
    }
    *tail = value();
    tail = &(*tail)->next;
    n->length++;
    space();
    if (*at == ',') at++;
    space();
  }
  at++;
  return n;
}
static Node *value(void) {
  space();
  switch (*at) {
    case '{': return list('}', 1);
    case '[': return list(']', 0);
    case '"': return string();
    case 't': at += 4; return node(5);
    case 'f': at += 5; return node(6);
    case 'n': at += 4; return node(0);
    default: return number();
  }
}
static double total(const Node *n) {
  double sum = n->type + n->number + n->length;
  for (const Node *c = n->child; c; c = c->next) sum += total(c) * 0.5;
  return sum;
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 29;
  double sum = 0;
  size = 0;
  put("[");
  for (int i = 0; i < 400; i++) {
    put(i ? ",\n {\"id\": " : "\n {\"id\": ");
    put_number(next_random(&seed) >> 12);
    put(", \"name\": \"user \\\"");
    put_number((uint32_t)i);
    put("\\\"\", \"tags\": [true, false, null, -1.25], \"at\": ");
    put_number(next_random(&seed) >> 8);
    put(".5}");
  }
  put("]");
  text[size] = 0;
  while (n-- > 0) {
    used = 0;
    at = text;
    sum += total(value());
  }
  return (int32_t)(int64_t)sum;
}
