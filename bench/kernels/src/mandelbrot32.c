// Mandelbrot in f32.
#define REAL float
#include "mandelbrot.h"
