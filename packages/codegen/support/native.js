/*
 * Functions of the host's own WebAssembly. Their exact type is asked by linking a module of one import against
 * them.
 */

/** What stands for objects of the host: mirrors, cells, references. */
const _native_objects = _shared('nativeObjects', WeakMap);

/** Members of the host's classes that nothing but their objects lets be read. */
const _native_members = { Memory: 'buffer', Table: 'length', Global: 'valueOf' };

/**
 * Is this an object of the host's WebAssembly, of that class? Asked without looking at its properties. Gives the members that
 * the host itself uses, or false: whatever a class of the program or the object has in their place, instances do not call it.
 */
function _is_native(value, name) {
  const Host = _host_class(name);
  if (Host === undefined) return false;
  const member = Object.getOwnPropertyDescriptor(Host.prototype, _native_members[name]);
  try {
    (member.get || member.value).call(value);
    return Host.prototype;
  } catch {
    return false;
  }
}

let _slot;

/**
 * Is this an exported function of the host's WebAssembly? A table of the host takes no other, and
 * looks at no property of it.
 */
function _is_native_func(value) {
  // Functions of JavaScript show their text, all others this (ECMA-262, 20.2.3.5); asking a table costs an error.
  const text = _is_native_func.toString.call(value);
  if (!text.slice(-24).includes('[native code]')) return false;
  // Exported ones have numbers for names (JS API, "create a new Exported Function"), bound ones none there, or this.
  if (text.startsWith('function bound ') || text.startsWith('function (')) return false;
  if (_slot === undefined) {
    const Host = _host_class('Table');
    if (Host === undefined) return false;
    _slot = new Host({ element: 'anyfunc', initial: 1 });
  }
  try {
    _slot.set(0, value);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
  _slot.set(0, null);
  return true;
}

/** Unsigned LEB128. */
function _leb(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** The code of a value type, or undefined where it needs a type section. */
function _value_code(type) {
  const names = {
    i32: [0x7f],
    i64: [0x7e],
    f32: [0x7d],
    f64: [0x7c],
    v128: [0x7b],
    funcref: [0x70],
    externref: [0x6f],
    '(ref func)': [0x64, 0x70],
    '(ref extern)': [0x64, 0x6f],
  };
  if (typeof type === 'string') return names[type];
  return typeof type.h === 'string'
    ? names[type.n ? `${type.h}ref` : `(ref ${type.h})`]
    : undefined;
}

/** The encoding of a function type, or undefined where it refers to other types. */
function _func_code(type) {
  if (!/^\(func/.test(type.k)) return undefined;
  const lists = ['param', 'result'].map((word) => _type_list(type.k, word).map(_value_code));
  if (lists.flat().includes(undefined)) return undefined;
  return [0x60, ...lists.flatMap((codes) => [..._leb(codes.length), ...codes.flat()])];
}

/** Instantiates a module that imports `value`, with more sections behind. */
function _link_native(value, typeSection, description, more) {
  const imports = [1, 0, 0, ...description];
  const bytes = [
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...typeSection,
    2,
    ..._leb(imports.length),
    ...imports,
  ];
  const module = new WebAssembly.Module(new Uint8Array([...bytes, ...more]));
  return new WebAssembly.Instance(module, { '': { '': value } });
}

/** Does the host accept `value` for an import of that description? */
function _probe(value, description, typeSection = []) {
  try {
    _link_native(value, typeSection, description, []);
    return true;
  } catch {
    return false;
  }
}

/** A type section of one function type. */
function _type_section(code) {
  return [1, ..._leb(code.length + 1), 1, ...code];
}

function _probe_func(value, type) {
  const code = _func_code(type);
  return code !== undefined && _probe(value, [0, 0], _type_section(code));
}

/** The reference that stands for an exported function of the host's WebAssembly. */
function _native_func(value) {
  let f = _native_objects.get(value);
  if (f === undefined) {
    f = () => _trap(_INDIRECT_MISMATCH);
    f.y = null;
    f.o = null;
    f.i = -1;
    f.x = value;
    _native_objects.set(value, f);
  }
  return f;
}

/** A function of the host's WebAssembly as one of a type: callable, where this module knows the type. */
function _typed_native(f, type) {
  const wrap = _owner.n.get(type);
  return wrap === undefined ? f : _wrap_native(f, type, wrap, f.i);
}

/** A function of the host's WebAssembly whose type is known now. */
function _wrap_native(f, type, wrap, index) {
  const wrapped = wrap(f.x);
  _register(type, { [index]: wrapped });
  wrapped.x = f.x;
  return wrapped;
}

/** For callable views: what to call for a function of the host's WebAssembly. */
function _native_entry(type, wrap) {
  return (value) => (_probe_func(value, type) ? wrap(value) : _mismatched_element);
}
