// Population counts, leading and trailing zeros, 32 and 64 bits wide.
#include "kernel.h"
KERNEL int32_t run(int32_t n) {
  uint64_t board = 0x0123456789ABCDEFu;
  uint32_t sum = 0;
  while (n-- > 0) {
    sum += (uint32_t)__builtin_popcountll(board);
    sum ^= (uint32_t)__builtin_clzll(board | 1) << 8;
    sum += (uint32_t)__builtin_ctzll(board | 1u << 30) * 3;
    sum += (uint32_t)__builtin_popcount(sum);
    for (uint64_t rest = board & 0xFF00FF00FF00FF00u; rest; rest &= rest - 1) sum++;
    board ^= board << 13;
    board ^= board >> 7;
    board ^= board << 17;
  }
  return (int32_t)sum;
}
