// uses _OUT_OF_BOUNDS_MEMORY, _RuntimeError, _STACK_EXHAUSTED, _UNDEFINED_ELEMENT, _boundary, _error_class, _func_to_js, _is_engine_error, _is_stack_error, _open_registry, _register, _registry, _result_channels, _type, _type_list
const instantiate = (function instantiate(imports, options) {
function $factorial(p0) {
 p0 = p0 | 0;
 var l1 = 0;
 l1 = 1;
 L1: for (; ; ) {
  p0 = p0 | 0;
  l1 = l1 | 0;
  if (p0 > 1) {
   l1 = Math.imul(l1, p0);
   p0 = p0 - 1 | 0;
   continue;
  }
  break;
 }
 return l1;
}
function $1(p0) {
 L1: {
  switch (p0) {
   default:
    break L1;
   case 0:
    return 10;
   case 1:
    return 20;
  }
 }
 return 30;
}
  _register(Y0, [$factorial, 0, $1, 1]);
  return Object.freeze({
    __proto__: null,
    ["factorial"]: _func_to_js($factorial),
    ["classify"]: _func_to_js($1),
  });
});
Object.assign(instantiate, { RuntimeError: _RuntimeError });
const _exports = instantiate();
const _e0 = _exports["factorial"];
const _e1 = _exports["classify"];
export {
  instantiate,
  instantiate as default,
  _e0 as "factorial",
  _e1 as "classify",
};
