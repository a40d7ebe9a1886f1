// Shortest paths on a grid with random weights, with a binary heap.
#include "kernel.h"
#define SIDE 120
#define NODES (SIDE * SIDE)
static uint8_t weight[NODES];
static int32_t distance[NODES], heap_node[NODES * 4], heap_key[NODES * 4], size;
static void push(int32_t key, int32_t node) {
  int32_t i = size++;
  for (; i > 0 && heap_key[(i - 1) / 2] > key; i = (i - 1) / 2)
    heap_key[i] = heap_key[(i - 1) / 2], heap_node[i] = heap_node[(i - 1) / 2];
  heap_key[i] = key, heap_node[i] = node;
}
static int32_t pop(void) {
  int32_t top = heap_node[0], key = heap_key[--size], node = heap_node[size], i = 0;
  for (;;) {
    int32_t child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && heap_key[child + 1] < heap_key[child]) child++;
    if (heap_key[child] >= key) break;
    heap_key[i] = heap_key[child], heap_node[i] = heap_node[child], i = child;
  }
  heap_key[i] = key, heap_node[i] = node;
  return top;
}
static void relax(int32_t from, int32_t to) {
  int32_t d = distance[from] + weight[to];
  if (d < distance[to]) distance[to] = d, push(d, to);
}
KERNEL int32_t run(int32_t n) {
  uint32_t seed = 19, sum = 0;
  while (n-- > 0) {
    for (int i = 0; i < NODES; i++) weight[i] = (uint8_t)(1 + (next_random(&seed) >> 25)), distance[i] = 1 << 30;
    distance[0] = size = 0;
    push(0, 0);
    while (size > 0) {
      int32_t at = pop(), x = at % SIDE, y = at / SIDE;
      if (x > 0) relax(at, at - 1);
      if (x < SIDE - 1) relax(at, at + 1);
      if (y > 0) relax(at, at - SIDE);
      if (y < SIDE - 1) relax(at, at + SIDE);
    }
    sum = mix(sum, (uint32_t)distance[NODES - 1]);
  }
  return (int32_t)sum;
}
