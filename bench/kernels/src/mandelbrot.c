// Mandelbrot in f64.
#define REAL double
#include "mandelbrot.h"
