// A kernel as a WASI command: the size is the first argument, the checksum goes to standard output.
#include KERNEL_SOURCE
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long long result = run(argc > 1 ? atoi(argv[1]) : 1);
  unsigned long long rest = result < 0 ? -(unsigned long long)result : (unsigned long long)result;
  char text[24];
  int at = sizeof text;
  text[--at] = '\n';
  do text[--at] = (char)('0' + rest % 10); while (rest /= 10);
  if (result < 0) text[--at] = '-';
  return write(1, text + at, sizeof text - (size_t)at) < 0;
}
