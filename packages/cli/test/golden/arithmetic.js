// uses _big_from_halves, _bits, _define, _exported, _high_of_big, _invalid, _low_of_big, _registry
function instantiate(imports={}){
function $0(a,b){return (a+b>>>0)/2|0}
function $1(a,b){_h0=0
_h1=2146959360
return Math.sqrt(a*a+b*b)}
function $2(a,b,c,d){var e,f,g
e=Math.imul(a&65535,c>>>16)+(Math.imul(a&65535,c&65535)>>>16)|0
f=(((Math.imul(a>>>16,c>>>16)+(e>>>16)|0)+(Math.imul(a>>>16,c&65535)+(e&65535)>>>16)|0)+Math.imul(a,d)|0)+Math.imul(c,b)|0
g=Math.imul(a,c)
_h0=(b<<13|a>>>19)^f
return (a<<13|b>>>19)^g}
Object(imports)===imports||Z('imports')
return Object.freeze({__proto__:null,
average:Y({0(a,b){a|=0;b|=0;return $0(a,b)}},0,$0,'i32 i32:i32'),
hypot:Y({1(a,b){a=+a;b=+b;return $1(a,b)}},1,$1,'f64 f64:f64',_owner),
mix:Y({2(a,b){a=X(a);const ah=V();b=X(b);const bh=V();let r;r=$2(a,ah,b,bh);return U(r,_h0)}},2,$2,'i64 i64:i64',_owner),
})
}
const{average,hypot,mix}=instantiate();
export{instantiate,instantiate as default,average,hypot,mix};
