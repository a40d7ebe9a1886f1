// uses _OUT_OF_BOUNDS_MEMORY, _RuntimeError, _STACK_EXHAUSTED, _UNDEFINED_ELEMENT, _boundary, _error_class, _func_to_js, _keep_stack, _open_registry, _register, _registry, _type
const instantiate = (function instantiate(imports, options) {
function $factorial(a){a|=0
var b=0
b=1
for(;;){a|=0
b|=0
if(a>1){b=Math.imul(b,a)
a=a-1|0
continue}break}return b}
function $1(a){a:{switch(a){default:break a
case 0:return 10
case 1:return 20}}return 30}
_register(Y0, [$factorial, 0, $1, 1]);
return Object.freeze({__proto__:null,
factorial:_func_to_js($factorial),
classify:_func_to_js($1),
});
});
Object.assign(instantiate,{RuntimeError: _RuntimeError});
const{factorial:_e0,classify:_e1}=instantiate();
export{instantiate,instantiate as default,_e0 as factorial,_e1 as classify};
