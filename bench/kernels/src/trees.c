// Binary trees on the heap: malloc and free of many small nodes.
#include "kernel.h"
#include <stdlib.h>
typedef struct Tree { struct Tree *left, *right; } Tree;
static Tree *grow(int depth) {
  Tree *t = malloc(sizeof(Tree));
  t->left = depth ? grow(depth - 1) : NULL;
  t->right = depth ? grow(depth - 1) : NULL;
  return t;
}
static int32_t fell(Tree *t) {
  if (!t) return 0;
  int32_t n = 1 + fell(t->left) + fell(t->right);
  free(t);
  return n;
}
KERNEL int32_t run(int32_t n) {
  int32_t count = 0;
  while (n-- > 0) {
    Tree *keep = grow(10);
    for (int d = 2; d < 10; d++) count += fell(grow(d));
    count += fell(keep);
  }
  return count;
}
