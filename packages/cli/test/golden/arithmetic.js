// uses _big_from_halves, _bits, _define, _exporter, _high_of_big, _invalid, _low_of_big, _open_registry, _registry
const instantiate=(function instantiate(imports){
function $0(a,b){return (a+b>>>0)/2|0}
function $1(a,b){_h0=0
_h1=2146959360
return Math.sqrt(a*a+b*b)}
function $2(a,b,c,d){var e,f
e=Math.imul(a,c)
f=Math.imul(a&65535,c>>>16)+(Math.imul(a&65535,c&65535)>>>16)|0
_h0=(b<<13|a>>>19)^(((Math.imul(a>>>16,c>>>16)+(f>>>16)|0)+(Math.imul(a>>>16,c&65535)+(f&65535)>>>16)|0)+Math.imul(a,d)|0)+Math.imul(c,b)
return (a<<13|b>>>19)^e}
if(imports!==undefined&&Object(imports)!==imports)Z('imports')
return Object.freeze({__proto__:null,
average:W0($0,0),
hypot:W1($1,1),
mix:W2($2,2),
});
});
const{average,hypot,mix}=instantiate();
export{instantiate,instantiate as default,average,hypot,mix};
