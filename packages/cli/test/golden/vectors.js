// uses _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _TRAP, _check_imports, _classes, _engine_trap, _error_class, _exporter, _fixed_memory, _hidden, _host_class, _is_full_stack, _make_error, _new_trap, _open_registry, _range_boundary, _raw, _registry, _scratch, _shared
const instantiate = (function instantiate(imports){
function $0(a,b){b=_hidden(b)
a|=0
var m=M0.v,c,d,e,f,g=0,h=0,i=0,j=0
do{a|=0
c=Math.fround(m.getFloat32(a,1)*b)
d=Math.fround(m.getFloat32(a+4|0,1)*b)
e=Math.fround(m.getFloat32(a+8|0,1)*b)
f=Math.fround(m.getFloat32(a+12|0,1)*b)
g=Math.fround(g+c)
h=Math.fround(h+d)
i=Math.fround(i+e)
j=Math.fround(j+f)
m.setFloat32(a+12|0,f,1)
m.setFloat32(a+8|0,e,1)
m.setFloat32(a+4|0,d,1)
m.setFloat32(a,c,1)
a=a-16|0}while(a!==0)
m.setFloat32(12,j,1)
m.setFloat32(8,i,1)
m.setFloat32(4,h,1)
m.setFloat32(0,g,1)}
function $1(a){var m=M0.v,b,c,d,e,f,g,h,i
f=m.getInt32(a,1)
g=m.getInt32(a+4|0,1)
h=m.getInt32(a+8|0,1)
i=m.getInt32(a+12|0,1)
b=(f|-2139062144)-1094795585^(f^-1094795586)&-2139062144
c=(g|-2139062144)-1094795585^(g^-1094795586)&-2139062144
d=(h|-2139062144)-1094795585^(h^-1094795586)&-2139062144
e=(i|-2139062144)-1094795585^(i^-1094795586)&-2139062144
m.setInt32(a+12|0,i|((e^-1)&((e|-2139062144)-437918234^-1)&-2139062144)>>>2,1)
m.setInt32(a+8|0,h|((d^-1)&((d|-2139062144)-437918234^-1)&-2139062144)>>>2,1)
m.setInt32(a+4|0,g|((c^-1)&((c|-2139062144)-437918234^-1)&-2139062144)>>>2,1)
m.setInt32(a,f|((b^-1)&((b|-2139062144)-437918234^-1)&-2139062144)>>>2,1)}
function $2(a){var m=M0.v,b,c,d,e,f,g,h,i,j
i=m.getInt32(a,1)
h=m.getInt32(a+4|0,1)
g=m.getInt32(a+8|0,1)
f=m.getInt32(a+12|0,1)
b=(i&255|i<<8&16711680)+(g&255|g<<8&16711680)>>>1&2147450879
c=(i>>>16&255|i>>>8&16711680)+(g>>>16&255|g>>>8&16711680)>>>1&2147450879
d=(h&255|h<<8&16711680)+(f&255|f<<8&16711680)>>>1&2147450879
e=(h>>>16&255|h>>>8&16711680)+(f>>>16&255|f>>>8&16711680)>>>1&2147450879
f=f>>>16|f<<16
g=g>>>16|g<<16
h=h>>>16|h<<16
i=i>>>16|i<<16
j=f&-2147450880
f&=(j<<1)-(j>>>15)^-1
j=f+2130738944&-2147450880
f=(f|(j>>>7)-(j>>>15))&16711935
j=g&-2147450880
g&=(j<<1)-(j>>>15)^-1
j=g+2130738944&-2147450880
g=(g|(j>>>7)-(j>>>15))&16711935
j=h&-2147450880
h&=(j<<1)-(j>>>15)^-1
j=h+2130738944&-2147450880
h=(h|(j>>>7)-(j>>>15))&16711935
j=i&-2147450880
i&=(j<<1)-(j>>>15)^-1
j=i+2130738944&-2147450880
i=(i|(j>>>7)-(j>>>15))&16711935
m.setInt32(a+12|0,(h|h>>>8)&65535|(i|i>>>8)<<16,1)
m.setInt32(a+8|0,(f|f>>>8)&65535|(g|g>>>8)<<16,1)
m.setInt32(a+4|0,(d|d>>>8)&65535|(e|e>>>8)<<16,1)
m.setInt32(a,(b|b>>>8)&65535|(c|c>>>8)<<16,1)}
if(imports!==undefined)_check_imports(imports);
const M0 = _fixed_memory(65536, 1);
return Object.freeze({__proto__:null,
scale:W0($0,0),
lower:W1($1,1),
average:W1($2,2),
});
});
Object.defineProperty(instantiate,'RuntimeError',{get (){return _error_class('RuntimeError')},enumerable:true});
const{scale:_e0,lower:_e1,average:_e2}=instantiate();
export{instantiate,instantiate as default,_e0 as scale,_e1 as lower,_e2 as average};
