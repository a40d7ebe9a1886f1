// uses _exporter, _invalid, _open_registry, _raw, _registry, _shared
const instantiate = (function instantiate(imports){
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
if(imports!==undefined&&Object(imports)!==imports)_invalid('imports');
return Object.freeze({__proto__:null,
factorial:W0($factorial,0),
classify:W0($1,1),
});
});
const{factorial:_e0,classify:_e1}=instantiate();
export{instantiate,instantiate as default,_e0 as factorial,_e1 as classify};
