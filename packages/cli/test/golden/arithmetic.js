// uses _OUT_OF_BOUNDS_MEMORY, _RuntimeError, _STACK_EXHAUSTED, _UNDEFINED_ELEMENT, _big_from_halves, _bits, _boundary, _error_class, _func_to_js, _high_of_big, _is_engine_error, _is_stack_error, _low_of_big, _open_registry, _register, _registry, _result_channels, _type, _type_list
const instantiate = (function instantiate(imports, options) {
function $0(p0, p1) {
 return (p0 + p1 >>> 0) / 2 | 0;
}
function $1(p0, p1) {
 _h0 = 0;
 _h1 = 2146959360;
 return Math.sqrt(p0 * p0 + p1 * p1);
}
function $2(p0, p0h, p1, p1h) {
 var t0, t1, t2, t3, t4;
 t0 = p0 & 65535;
 t1 = p0 >>> 16;
 t2 = p1 & 65535;
 t3 = p1 >>> 16;
 t4 = Math.imul(t0, t3) + (Math.imul(t0, t2) >>> 16) | 0;
 _h0 = (p0h << 13 | p0 >>> 19) ^ (((Math.imul(t1, t3) + (t4 >>> 16) | 0) + (Math.imul(t1, t2) + (t4 & 65535) >>> 16) | 0) + Math.imul(p0, p1h) | 0) + Math.imul(p0h, p1);
 return (p0 << 13 | p0h >>> 19) ^ Math.imul(p0, p1);
}
  _register(Y0, [$0, 0]);
  _register(Y1, [$1, 1]);
  _register(Y2, [$2, 2]);
  return Object.freeze({
    __proto__: null,
    ["average"]: _func_to_js($0),
    ["hypot"]: _func_to_js($1),
    ["mix"]: _func_to_js($2),
  });
});
Object.assign(instantiate, { RuntimeError: _RuntimeError });
const _exports = instantiate();
const _e0 = _exports["average"];
const _e1 = _exports["hypot"];
const _e2 = _exports["mix"];
export {
  instantiate,
  instantiate as default,
  _e0 as "average",
  _e1 as "hypot",
  _e2 as "mix",
};
