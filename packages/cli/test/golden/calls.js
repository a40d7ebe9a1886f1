// uses _INDIRECT_MISMATCH, _OUT_OF_BOUNDS_MEMORY, _OUT_OF_BOUNDS_TABLE, _STACK_EXHAUSTED, _TABLE_LIMIT, _TableState, _UNDEFINED_ELEMENT, _UNINITIALIZED_ELEMENT, _adapt, _adapted, _boundary, _callee, _check_imports, _define, _describe, _error_class, _filled, _func_code, _func_matches, _func_to_js, _host_class, _i32_div_s, _i32_rem_s, _import, _import_func, _import_name, _incompatible, _invalid, _is_full_stack, _is_native_func, _is_subtype, _known, _leb, _link_native, _make_error, _matching_func, _mismatched_element, _new_trap, _new_type, _null_trap, _probe, _probe_func, _range_boundary, _register, _registry, _result_channels, _result_passer, _room, _shared, _slot, _table_init, _table_view, _tells_full_stack, _text_with_room, _trap, _type, _type_list, _type_section, _types, _uninitialized_element, _value_code, _wrap_native
function instantiate(imports){
function $add(a,b){return a+b|0}
function $sub(a,b){return a-b|0}
function $3(a,b,c){g0=(g0|0)+1|0
$log(g0|0)
return S0_0(a,b,c)}
function $4(a,b){var c
c=_i32_div_s(a,b)
_h0=_i32_rem_s(a,b)
return c}
function S0_0(a,b,c){switch(a){case 0:return $add(b,c)
case 1:return $sub(b,c)}return T0_0[a](b,c)}
X(imports);
const $log = V(imports, "env", "log", Y1, H1, 0);
R(Y0, {1:$add, 2:$sub});
R(Y2, {$3});
R(Y3, {$4});
var g0 = 0;
const T0 = new U({ n: true, h: 'func' },2,undefined,false,null);
const T0_0 = Q(T0, Y0);
T(T0, [$add, $sub], 0, 0, 2);
return Object.freeze({__proto__:null,
apply:S($3),
divmod:S($4),
})
}
O(instantiate,{get RuntimeError(){return P('RuntimeError')},get LinkError(){return P('LinkError')}})
export{instantiate,instantiate as default};
