// uses Memory, _GrowingMemory, _MemoryState, _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _TRAP, _base64, _bits, _can_detach, _class, _classes, _decode_base64, _detach, _error_class, _exporter, _high_of_big, _host_class, _index_from_js, _invalid, _limits_from_js, _low_of_big, _make_error, _memories, _memory_grow, _memory_init, _memory_to_js, _new_trap, _old_size, _open_registry, _plain_boundary, _raw, _registry, _room, _shared, _state, _tie, _trap
const instantiate = (function instantiate(imports){
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
if(imports!==undefined&&Object(imports)!==imports)_invalid('imports');
const M0 = new _NewMemory(1, 4);
_memory_init(M0, _base64(['AQIDBA=='],4), 8, 0, 4);
return Object.freeze({__proto__:null,
memory:_memory_to_js(M0),
sum:W0($0,0),
put:W1($1,1),
grow:W2($2,2),
});
});
Object.defineProperties(instantiate,Object.getOwnPropertyDescriptors({get RuntimeError(){return _error_class('RuntimeError')},Memory}));
const{memory:_e0,sum:_e1,put:_e2,grow:_e3}=instantiate();
export{instantiate,instantiate as default,_e0 as memory,_e1 as sum,_e2 as put,_e3 as grow};
