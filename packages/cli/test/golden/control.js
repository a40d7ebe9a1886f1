// uses _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _TRAP, _UNDEFINED_ELEMENT, _boundary, _check_imports, _classes, _error_class, _func_to_js, _host_class, _keep_stack, _make_error, _new_trap, _null_trap, _open_registry, _raw, _register, _registry, _shared, _type, _types
const instantiate = (function instantiate(imports, options) {
function $factorial(a){a|=0
var b=0
b=1
for(;;){a|=0
b|=0
if(a>1){b=Math.imul(b,a)
a=a-1|0
continue}break}return b}
function $1(a){switch(a){default:break
case 0:return 10
case 1:return 20}return 30}
if(imports!==undefined)_check_imports(imports);
_register(Y0, [$factorial, 0, $1, 1]);
return Object.freeze({__proto__:null,
factorial:_func_to_js($factorial),
classify:_func_to_js($1),
});
});
Object.defineProperties(instantiate,Object.getOwnPropertyDescriptors({get RuntimeError(){return _error_class('RuntimeError')}}));
const{factorial:_e0,classify:_e1}=instantiate();
export{instantiate,instantiate as default,_e0 as factorial,_e1 as classify};
