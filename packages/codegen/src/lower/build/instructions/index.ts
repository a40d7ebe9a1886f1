/** Registers the lowerings of all instructions. */
import './numeric.js';
import './float.js';
import './memory.js';
import './variable.js';
import './atomic.js';
import './control.js';
import './descriptor.js';
import './exception.js';
import './call.js';
import './table.js';
import './reference.js';
import './aggregate.js';
import './cast.js';
import './simd-memory.js';
import './simd-lanes.js';
import './simd-integer.js';
import './simd-float.js';
