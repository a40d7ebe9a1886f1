// uses _define, _exported, _invalid, _registry
function instantiate(imports={}){
function $factorial(a){a|=0
var b=0
b=1
for(;;){a|=0
b|=0
if(a<=1)break
b=Math.imul(b,a)
a=a-1|0}return b}
function $1(a){switch(a){default:break
case 0:return 10
case 1:return 20}return 30}
Object(imports)===imports||Z('imports')
return Object.freeze({__proto__:null,
factorial:Y({0(a){a|=0;return $factorial(a)}},0,$factorial,'i32:i32'),
classify:Y({1(a){a|=0;return $1(a)}},1,$1,'i32:i32'),
})
}
const{factorial,classify}=instantiate();
export{instantiate,instantiate as default,factorial,classify};
