// Matrix product in f32.
#define REAL float
#include "matmul.h"
