// Matrix product in f64.
#define REAL double
#include "matmul.h"
