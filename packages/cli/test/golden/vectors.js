// uses _OUT_OF_BOUNDS_MEMORY, _STACK_EXHAUSTED, _error_class, _exported, _fixed_memory, _hidden, _invalid, _make_error, _new_trap, _plain_boundary, _registry, _scratch
function instantiate(imports={}){
function $0(a,b){b=_hidden(b)
a|=0
var m=M0.v,c,d,e,f,g=0,h=0,i=0,j=0
do{a|=0
c=Math.fround(m.getFloat32(a,!0)*b)
d=Math.fround(m.getFloat32(a+4|0,!0)*b)
e=Math.fround(m.getFloat32(a+8|0,!0)*b)
f=Math.fround(m.getFloat32(a+12|0,!0)*b)
g=Math.fround(g+c)
h=Math.fround(h+d)
i=Math.fround(i+e)
j=Math.fround(j+f)
m.setFloat32(a+12|0,f,!0)
m.setFloat32(a+8|0,e,!0)
m.setFloat32(a+4|0,d,!0)
m.setFloat32(a,c,!0)
a=a-16|0}while(a!==0)
m.setFloat32(12,j,!0)
m.setFloat32(8,i,!0)
m.setFloat32(4,h,!0)
m.setFloat32(0,g,!0)}
function $1(a){var m=M0.v,b,c,d,e,f,g,h,i
f=m.getInt32(a,!0)
g=m.getInt32(a+4|0,!0)
h=m.getInt32(a+8|0,!0)
i=m.getInt32(a+12|0,!0)
b=(f|-2139062144)-1094795585^(f^-1094795586)&-2139062144
c=(g|-2139062144)-1094795585^(g^-1094795586)&-2139062144
d=(h|-2139062144)-1094795585^(h^-1094795586)&-2139062144
e=(i|-2139062144)-1094795585^(i^-1094795586)&-2139062144
m.setInt32(a+12|0,i|(~e&~((e|-2139062144)-437918234)&-2139062144)>>>2,!0)
m.setInt32(a+8|0,h|(~d&~((d|-2139062144)-437918234)&-2139062144)>>>2,!0)
m.setInt32(a+4|0,g|(~c&~((c|-2139062144)-437918234)&-2139062144)>>>2,!0)
m.setInt32(a,f|(~b&~((b|-2139062144)-437918234)&-2139062144)>>>2,!0)}
function $2(a){var m=M0.v,b,c,d,e,f,g,h,i,j,k,l,n,o,p,q,r,s,t,u,v,w,x,y,z
b=m.getUint8(a)
c=m.getUint8(a+1|0)
d=m.getUint8(a+2|0)
e=m.getUint8(a+3|0)
f=m.getUint8(a+4|0)
g=m.getUint8(a+5|0)
h=m.getUint8(a+6|0)
i=m.getUint8(a+7|0)
j=m.getUint8(a+8|0)
k=m.getUint8(a+9|0)
l=m.getUint8(a+10|0)
n=m.getUint8(a+11|0)
o=m.getUint8(a+12|0)
p=m.getUint8(a+13|0)
q=m.getUint8(a+14|0)
r=m.getUint8(a+15|0)
s=b+j>>>1
t=c+k>>>1
u=d+l>>>1
v=e+n>>>1
w=f+o>>>1
x=g+p>>>1
y=h+q>>>1
z=i+r>>>1
q=(q|r<<8)<<16>>16
r=~(q>>31)&255
o=(o|p<<8)<<16>>16
p=~(o>>31)&255
l=(l|n<<8)<<16>>16
n=~(l>>31)&255
j=(j|k<<8)<<16>>16
k=~(j>>31)&255
h=(h|i<<8)<<16>>16
i=~(h>>31)&255
f=(f|g<<8)<<16>>16
g=~(f>>31)&255
d=(d|e<<8)<<16>>16
e=~(d>>31)&255
b=(b|c<<8)<<16>>16
c=~(b>>31)&255
m.setInt32(a+12|0,(h&-256?i:h)|(f&-256?g:f)<<8|(d&-256?e:d)<<16|(b&-256?c:b)<<24,!0)
m.setInt32(a+8|0,(q&-256?r:q)|(o&-256?p:o)<<8|(l&-256?n:l)<<16|(j&-256?k:j)<<24,!0)
m.setInt32(a+4|0,w|x<<8|y<<16|z<<24,!0)
m.setInt32(a,s|t<<8|u<<16|v<<24,!0)}
Object(imports)===imports||Y('imports')
const M0 = X(65536, 1);
return Object.freeze({__proto__:null,
scale:V({0(a,b){a|=0;b=Math.fround(b);try{$0(a,b)}catch(a){Z(a)}}},0,$0,'i32 f32:'),
lower:V({1(a){a|=0;try{$1(a)}catch(a){Z(a)}}},1,$1,'i32:'),
average:V({2(a){a|=0;try{$2(a)}catch(a){Z(a)}}},2,$2,'i32:'),
})
}
Object.defineProperty(instantiate,'RuntimeError',{get (){return U('RuntimeError')},enumerable:true})
const{scale,lower,average}=instantiate();
export{instantiate,instantiate as default,scale,lower,average};
