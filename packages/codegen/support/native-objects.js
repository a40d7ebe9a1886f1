/*
 * Memories, tables and globals of the host's own WebAssembly, which modules that are built ahead may import: mirrored, and
 * synchronised at the boundary.
 */

/** Weak references of all mirrors. */
const _natives = _shared('natives', Set);

/** The encoding of limits. */
function _limits_code(min, max, shared, addr64, shift) {
  const flags =
    (max === undefined ? 0 : 1) + (shared ? 2 : 0) + (addr64 ? 4 : 0) + (shift === 16 ? 0 : 8);
  return [
    flags,
    ..._leb(min),
    ...(max === undefined ? [] : _leb(max)),
    ...(shift === 16 ? [] : [shift]),
  ];
}
function _probe_memory(value, min, max, shift, addr64, shared) {
  return _probe(value, [2, ..._limits_code(min, max, shared, addr64, shift)]);
}
function _probe_table(value, type, min, max, addr64) {
  const code = _value_code(type);
  return (
    code !== undefined && _probe(value, [1, ...code, ..._limits_code(min, max, false, addr64, 16)])
  );
}
function _probe_global(value, type, mutable) {
  const code = _value_code(type);
  return code !== undefined && _probe(value, [3, ...code, mutable ? 1 : 0]);
}

/** What the host's tables hold for a reference of ours: null or an exported function of the host. */
function _func_to_native(f) {
  if (f === null) return null;
  if (f.x === null) {
    f.o.m = _export_native;
    _func_to_js(f);
  }
  if (_is_native_func(f.x)) return f.x;
  let native = _native_objects.get(f.x);
  if (native === undefined) {
    native = _link_func(f, f.x);
    _native_objects.set(f.x, native);
  }
  return native;
}

/** Do functions go in or out of a function? */
function _has_functions({ y }) {
  return /func/.test(y.k.slice(5));
}

/** What JavaScript gives to the host: an exported function of a compiled module as one of the host. */
function _to_host(value) {
  const f = _known(value);
  return f ? _func_to_native(f) : value;
}

/** What JavaScript gets of what the host has: a function that calls an exported function as that one. */
function _from_host(value) {
  return _known(value)?.x || value;
}

/** A function of the host's WebAssembly that calls the exported function of a reference. */
function _link_func(f, x) {
  const code = _func_code(f.y);
  if (code === undefined)
    _throw_host(new TypeError(`a function of type ${f.y.k} cannot enter this table`));
  const exported = [7, 5, 1, 1, 0x66, 0, 0];
  const outward = (...args) => {
    const value = x(...args);
    return Array.isArray(value) ? value.map(_to_host) : _to_host(value);
  };
  const callee = _has_functions(f) ? outward : x;
  const native = _link_native(callee, _type_section(code), [0, 0], exported).exports.f;
  _registry.set(native, f);
  return native;
}

/**
 * The exported function of a reference as one of the host, so that it is what tables hold. One that functions go
 * through stays as it is: the host would take its own only.
 */
function _export_native(f, x) {
  if (_has_functions(f) || _func_code(f.y) === undefined || _is_native_func(x)) return x;
  const native = _link_func(f, x);
  Object.defineProperty(native, 'name', { value: x.name, configurable: true });
  return native;
}

/** Brings the mirrors of the host's memories and tables up to date. */
function _sync() {
  if (_natives.size === 0) return;
  for (const weak of _natives) {
    const mirror = weak.deref();
    if (mirror === undefined) _natives.delete(weak);
    else mirror.sync();
  }
}

/** The mirror of an object of the host, made once. */
function _mirror(value, make) {
  let mirror = _native_objects.get(value);
  if (mirror === undefined) {
    mirror = make();
    mirror.x = value;
    _native_objects.set(value, mirror);
    _natives.add(new WeakRef(mirror));
  }
  mirror.sync();
  return mirror;
}

/** A memory of the host's WebAssembly. */
class _NativeMemory extends _MemoryState {
  constructor(shift, addr64) {
    super(0, undefined, shift, addr64);
  }
  /** Where the stack has no room for that, the boundary does it. */
  sync() {
    const { buffer } = this.x;
    if (this.u.buffer === buffer) return;
    const v = new this.V(buffer);
    const u = new Uint8Array(buffer);
    this.v = v;
    this.u = u;
    this.n = u.length / 2 ** this.shift;
  }
  grow(delta) {
    try {
      _room(this);
      return Number(this.x.grow(this.addr64 ? BigInt(delta) : delta));
    } catch {
      return -1;
    } finally {
      this.sync();
    }
  }
  buffer() {
    return this.x.buffer;
  }
}

function _native_memory(value, shift, addr64) {
  return _mirror(value, () => new _NativeMemory(shift, addr64));
}

/**
 * A table of the host's WebAssembly. The host's is changed first; where that ends before its time, it is
 * put back, and the mirror has not changed.
 */
class _NativeTable extends _TableState {
  constructor(type, addr64, value) {
    super(type, 0, undefined, addr64, null);
    this.seen = [];
    // The host's own methods: whatever a class of the program or the table itself has, a native instance does not call.
    this.host = _host_class('Table').prototype;
    for (const name of ['get', 'set', 'grow']) this[`_${name}`] = this.host[name].bind(value);
  }
  sync() {
    const length = Number(Reflect.get(this.host, 'length', this.x));
    if (length > this.a.length) super.fill(this.a.length, null, length - this.a.length);
    for (let i = 0; i < length; i++) {
      const value = this._get(this.addr64 ? BigInt(i) : i);
      // What has not been seen may be undefined.
      if (value === this.seen[i] && i < this.seen.length) continue;
      super.put(i, _ref_from_js(this.t, value));
      this.seen[i] = value;
    }
  }
  put(i, ref) {
    this.write(i, [ref], 0, 1);
  }
  fill(target, ref, count) {
    this.write(target, _filled(count, ref), 0, count);
  }
  write(target, refs, source, count) {
    const values = [];
    for (let i = 0; i < count; i++) {
      const ref = refs[source + i];
      values[i] = this.t.h === 'extern' ? ref : _func_to_native(ref);
    }
    const { seen } = this;
    const index = (i) => (this.addr64 ? BigInt(target + i) : target + i);
    let done = 0;
    try {
      for (; done < count; done++) this._set(index(done), values[done]);
      super.write(target, refs, source, count);
    } catch (error) {
      for (let i = 0; i < done; i++) this._set(index(i), seen[target + i]);
      throw error;
    }
    for (let i = 0; i < count; i++) seen[target + i] = values[i];
  }
  grow(delta, ref) {
    const value = this.t.h === 'extern' ? ref : _func_to_native(ref);
    try {
      return Number(this._grow(this.addr64 ? BigInt(delta) : delta, value));
    } catch {
      return -1;
    } finally {
      this.sync();
    }
  }
}

function _native_table(value, type, addr64) {
  const functions = type.h !== 'extern';
  if (functions) _owner.m = _export_native;
  return _mirror(value, () => {
    const mirror = new _NativeTable(type, addr64, value);
    if (functions) _face_table(value, mirror);
    return mirror;
  });
}

/**
 * Functions of modules that know nothing of the host's tables are JavaScript's own, which no such table takes: it
 * has others, that call them. What JavaScript gets from this table are the functions themselves, and it can put them in.
 */
function _face_table(table, { host, _get, _set, _grow }) {
  const methods = {
    get(index) {
      return _from_host(_get(index));
    },
    set(index, ...value) {
      _set(index, ...value.map(_to_host));
    },
    grow(delta, ...value) {
      return _grow(delta, ...value.map(_to_host));
    },
  };
  for (const name in methods) {
    // A frozen table stays as it is, and so does a method of the program's own.
    if (table[name] !== host[name]) continue;
    Reflect.defineProperty(table, name, {
      value: methods[name],
      writable: true,
      configurable: true,
    });
  }
}

/** A global of the host's WebAssembly: a cell whose components are read and written through. */
class _NativeCell {
  constructor(value, type, mutable) {
    this.t = type;
    this.m = mutable;
    this.x = value;
  }
  get v() {
    const { t, x } = this;
    if (t === 'i64') return _low_of_big(x.value);
    if (t === 'f32') return _bits_of_f32(x.value);
    if (t === 'f64') return _low_of_f64(x.value);
    return t === 'i32' ? x.value : _ref_from_js(t, x.value);
  }
  set v(v) {
    const { t, x } = this;
    if (t === 'i64') x.value = _big_from_halves(v, this.h);
    else if (t === 'f32') x.value = _f32_of_bits(v);
    else if (t === 'f64') x.value = _f64_of_bits(v, this.h);
    else if (t === 'i32' || t.h === 'extern') x.value = v;
    else x.value = _func_to_native(v);
  }
  get h() {
    if (this.t === 'f64') return _high_of_f64(this.x.value);
    _low_of_big(this.x.value);
    return _high_of_big();
  }
  set h(h) {
    if (this.t === 'i64') this.x.value = _big_from_halves(this.v, h);
    else this.x.value = _f64_of_bits(this.v, h);
  }
}

function _native_global(value, type, mutable) {
  if (!_native_objects.has(value)) {
    _native_objects.set(value, new _NativeCell(value, type, mutable));
    if (mutable && typeof type !== 'string' && type.h !== 'extern') _face_global(value);
  }
  return _native_objects.get(value);
}

/** As `_face_table`, for a variable. */
function _face_global(global) {
  const { get, set } = Object.getOwnPropertyDescriptor(_host_class('Global').prototype, 'value');
  Reflect.defineProperty(global, 'value', {
    get() {
      return _from_host(get.call(global));
    },
    set(value) {
      set.call(global, _to_host(value));
    },
    configurable: true,
  });
}
