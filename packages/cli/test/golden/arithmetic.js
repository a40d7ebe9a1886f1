// uses _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _TRAP, _UNDEFINED_ELEMENT, _big_from_halves, _bits, _boundary, _check_imports, _classes, _error_class, _func_to_js, _high_of_big, _host_class, _keep_stack, _low_of_big, _make_error, _new_trap, _null_trap, _open_registry, _raw, _register, _registry, _shared, _type, _types
const instantiate = (function instantiate(imports, options) {
function $0(a,b){return (a+b>>>0)/2|0}
function $1(a,b){_h0=0
_h1=2146959360
return Math.sqrt(a*a+b*b)}
function $2(a,b,c,d){var e,f,g,h
e=a&65535
f=a>>>16
g=c&65535
h=c>>>16
e=Math.imul(e,h)+(Math.imul(e,g)>>>16)|0
_h0=(b<<13|a>>>19)^(((Math.imul(f,h)+(e>>>16)|0)+(Math.imul(f,g)+(e&65535)>>>16)|0)+Math.imul(a,d)|0)+Math.imul(b,c)
return (a<<13|b>>>19)^Math.imul(a,c)}
if(imports!==undefined)_check_imports(imports);
_register(Y0, [$0, 0]);
_register(Y1, [$1, 1]);
_register(Y2, [$2, 2]);
return Object.freeze({__proto__:null,
average:_func_to_js($0),
hypot:_func_to_js($1),
mix:_func_to_js($2),
});
});
Object.defineProperties(instantiate,Object.getOwnPropertyDescriptors({get RuntimeError(){return _error_class('RuntimeError')}}));
const{average:_e0,hypot:_e1,mix:_e2}=instantiate();
export{instantiate,instantiate as default,_e0 as average,_e1 as hypot,_e2 as mix};
