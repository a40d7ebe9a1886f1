// uses Memory, _GrowingMemory, _MemoryState, _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _base64, _bits, _can_detach, _class, _decode_base64, _define, _detach, _error_class, _exporter, _high_of_big, _host_class, _index_from_js, _invalid, _low_of_big, _make_error, _memory_grow, _memory_init, _memory_to_js, _new_trap, _open_registry, _plain_boundary, _registry, _room, _trap
const instantiate=(function instantiate(imports){
function $0(a,b){a|=0
b|=0
var m=M0.v,c=0
a:{for(;;){a|=0
c|=0
if(a>>>0>=b>>>0)break a
c=c+m.getUint8(a)|0
a=a+1|0}}return c}
function $1(a,b,c){var m=M0.v
m.setInt32((a>>>0)+20,c,1)
m.setInt32(a+16|0,b,1)}
function $2(){return _memory_grow(M0,1)}
if(imports!==undefined&&Object(imports)!==imports)Y('imports')
const M0=new X(1, 4)
U(M0, V(['AQIDBA=='],4), 8, 0, 4);
return Object.freeze({__proto__:null,
memory:T(M0),
sum:W0($0,0),
put:W1($1,1),
grow:W2($2,2),
});
});
O(instantiate,{get RuntimeError(){return P('RuntimeError')},Memory})
const{memory,sum,put,grow}=instantiate();
export{instantiate,instantiate as default,memory,sum,put,grow};
