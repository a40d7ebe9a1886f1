// uses Memory, _GrowingMemory, _MemoryState, _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _bits, _can_detach, _class, _define, _detach, _error_class, _exported, _high_of_big, _host_class, _index_from_js, _invalid, _low_of_big, _make_error, _memory_grow, _memory_to_js, _new_trap, _plain_boundary, _registry, _room
function instantiate(imports={}){
function $0(a,b){a|=0
b|=0
var m=M0.v,c=0
for(;;){a|=0
c|=0
if(a>>>0>=b>>>0)break
c=c+m.getUint8(a)|0
a=a+1|0}return c}
function $1(a,b,c){var m=M0.v
m.setInt32((a>>>0)+20,c,!0)
m.setInt32(a+16|0,b,!0)}
function $2(){return _memory_grow(M0,1)}
Object(imports)===imports||Y('imports')
const M0=new X(1, 4)
M0.u.set([1,2,3,4],8);
return Object.freeze({__proto__:null,
memory:V(M0),
sum:U({0(a,b){a|=0;b|=0;try{return $0(a,b)}catch(a){Z(a)}}},0,$0,'i32 i32:i32'),
put:U({1(a,b){a|=0;b=T(b);const bh=S();try{$1(a,b,bh)}catch(a){Z(a)}}},1,$1,'i32 i64:'),
grow:U({2(){try{return $2()}catch(a){Z(a)}}},2,$2,':i32'),
})
}
Q(instantiate,{get RuntimeError(){return R('RuntimeError')},Memory})
const{memory,sum,put,grow}=instantiate();
export{instantiate,instantiate as default,memory,sum,put,grow};
