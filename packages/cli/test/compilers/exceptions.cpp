// C++ exceptions: destructors on the way, classes by their bases, rethrowing, what the library throws.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Trace {
  const char *name;
  ~Trace() { std::printf("~%s ", name); }
};
static int deep(int n) {
  Trace t{"t"};
  if (n == 0) throw std::runtime_error("deep");
  return deep(n - 1) + 1;
}
struct Base {
  virtual ~Base() = default;
  virtual const char *what() const { return "base"; }
};
struct Left : virtual Base {
  int left = 1;
};
struct Right : virtual Base {
  int right = 2;
};
struct Both : Left, Right {
  const char *what() const override { return "both"; }
};
struct Failing {
  std::unique_ptr<Trace> first{new Trace{"first"}};
  Failing() { throw std::string("constructor"); }
};
static int parse(const std::string &text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') throw std::invalid_argument(text);
    value = value * 10 + (c - '0');
  }
  return value;
}
int main() {
  try {
    deep(3);
  } catch (const std::exception &e) {
    std::printf("caught %s\n", e.what());
  }
  try {
    throw Both();
  } catch (const Right &r) {
    std::printf("right %d, %s\n", r.right, r.what());
  }
  try {
    try {
      throw 5;
    } catch (int &x) {
      x++;
      throw;
    }
  } catch (int x) {
    std::printf("again %d\n", x);
  }
  try {
    Failing failing;
  } catch (const std::string &s) {
    std::printf("%s\n", s.c_str());
  }
  try {
    try {
      parse("12a");
    } catch (const std::out_of_range &) {
      std::puts("wrong");
    }
  } catch (const std::logic_error &e) {
    std::printf("logic %s\n", e.what());
  }
  try {
    throw (const Base *)new Left();
  } catch (const Left *) {
    std::puts("wrong");
  } catch (const Base *b) {
    std::printf("pointer %s\n", b->what());
    delete b;
  }
  long sum = 0;
  for (int i = 0; i < 3000; i++) try {
      if (i % 3 == 0) throw i;
      if (i % 7 == 0) throw std::string(i % 5, 'x');
      if (i % 11 == 0) throw (long long)i << 33;
      sum += parse(std::to_string(i));
    } catch (int x) {
      sum += x;
    } catch (const std::string &s) {
      sum += (long)s.size();
    } catch (...) {
      sum -= i;
    }
  std::printf("sum %ld\n", sum);
  try {
    std::vector<int> v(3);
    std::printf("%d\n", v.at(9));
  } catch (const std::out_of_range &) {
    std::puts("out of range");
  }
  // A handler throws another exception while it has one.
  try {
    try {
      throw 1;
    } catch (int) {
      Trace t{"handler"};
      throw std::runtime_error("other");
    }
  } catch (const std::runtime_error &e) {
    std::printf("%s\n", e.what());
  }
  return 0;
}
