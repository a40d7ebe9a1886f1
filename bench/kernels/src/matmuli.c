// Matrix product in i32.
#define REAL int32_t
#include "matmul.h"
