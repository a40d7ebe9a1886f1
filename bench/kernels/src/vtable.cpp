// Virtual calls over a mixed array of objects.
#include "kernel.h"
namespace {
struct Shape {
  virtual int32_t area() const = 0;
  virtual void grow(int32_t by) = 0;
};
struct Square final : Shape {
  int32_t side = 1;
  int32_t area() const override { return side * side; }
  void grow(int32_t by) override { side = (side + by) & 255; }
};
struct Box final : Shape {
  int32_t w = 1, h = 2;
  int32_t area() const override { return w * h; }
  void grow(int32_t by) override { w = (w + by) & 127, h = (h + 1) & 63; }
};
struct Triangle final : Shape {
  int32_t base = 3, height = 5;
  int32_t area() const override { return base * height / 2; }
  void grow(int32_t by) override { base = (base + by) & 63; }
};
struct Disc final : Shape {
  int32_t radius = 2;
  int32_t area() const override { return radius * radius * 355 / 113; }
  void grow(int32_t by) override { radius = (radius ^ by) & 31; }
};
Square squares[16];
Box boxes[16];
Triangle triangles[16];
Disc discs[16];
Shape *shapes[64];
}  // namespace
KERNEL int32_t run(int32_t n) {
  for (int i = 0; i < 16; i++) {
    squares[i] = Square(), boxes[i] = Box(), triangles[i] = Triangle(), discs[i] = Disc();
    shapes[i * 4] = &squares[i], shapes[(i * 4 + 21) & 63] = &boxes[i];
    shapes[(i * 4 + 42) & 63] = &triangles[i], shapes[(i * 4 + 63) & 63] = &discs[i];
  }
  uint32_t sum = 0;
  while (n-- > 0)
    for (int i = 0; i < 64; i++) {
      sum += static_cast<uint32_t>(shapes[i]->area());
      shapes[i]->grow(i);
    }
  return static_cast<int32_t>(sum);
}
