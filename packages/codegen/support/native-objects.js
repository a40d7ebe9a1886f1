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
  constructor(shift, addr64, value) {
    super(0, undefined, shift, addr64);
    this.host = _is_native(value, 'Memory');
  }
  /** Where the stack has no room for that, the boundary does it. */
  sync() {
    const buffer = this.buffer();
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
      return Number(this.host.grow.call(this.x, this.addr64 ? BigInt(delta) : delta));
    } catch {
      return -1;
    } finally {
      this.sync();
    }
  }
  buffer() {
    return Reflect.get(this.host, 'buffer', this.x);
  }
}

/** What stands for a memory of the host: the same for all modules. */
function _native_memory(value, min, max, shift, addr64, shared) {
  if (!shared) return _mirror(value, () => new _NativeMemory(shift, addr64, value));
  return (
    _native_objects.get(value) || new _registry.SharedMemory(min, max, shift, addr64, false, value)
  );
}

/**
 * A table of the host's WebAssembly. The host's is changed first; where that ends before its time, it is
 * put back, and the mirror has not changed.
 */
class _NativeTable extends _TableState {
  constructor(type, addr64, value) {
    super(type, 0, undefined, addr64, null);
    this.seen = [];
    // The host's own methods, as of a memory.
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
    if (functions) {
      const { host, _get, _set, _grow } = mirror;
      const methods = {
        get: (index) => _from_host(_get(index)),
        set: (index, ...ref) => _set(index, ...ref.map(_to_host)),
        grow: (delta, ...ref) => _grow(delta, ...ref.map(_to_host)),
      };
      for (const name in methods)
        _face_member(value, host, name, { value: methods[name], writable: true });
    }
    return mirror;
  });
}

/**
 * Functions of modules that know nothing of the host's tables and globals are JavaScript's own, which these do not take: they
 * have others, that call them. What JavaScript gets from there are the functions themselves, and it can put them in. What is
 * frozen stays as it is, and so does a member of the program's own.
 */
function _face_member(object, host, name, property) {
  let holder = object;
  while (holder && !Reflect.getOwnPropertyDescriptor(holder, name))
    holder = Reflect.getPrototypeOf(holder);
  if (holder === host) Reflect.defineProperty(object, name, { ...property, configurable: true });
}

/** A global of the host's WebAssembly: a cell whose components are read and written through. */
class _NativeCell {
  constructor(value, type, mutable) {
    this.t = type;
    this.m = mutable;
    this.x = value;
    this.host = _host_class('Global').prototype;
  }
  get() {
    return Reflect.get(this.host, 'value', this.x);
  }
  set(value) {
    Reflect.set(this.host, 'value', value, this.x);
  }
  get v() {
    const { t } = this;
    const v = this.get();
    if (t === 'i64') return _low_of_big(v);
    if (t === 'f32') return _bits_of_f32(v);
    if (t === 'f64') return _low_of_f64(v);
    return t === 'i32' ? v : _ref_from_js(t, v);
  }
  set v(v) {
    const { t } = this;
    if (t === 'i64') v = _big_from_halves(v, this.h);
    else if (t === 'f32') v = _f32_of_bits(v);
    else if (t === 'f64') v = _f64_of_bits(v, this.h);
    else if (t !== 'i32' && t.h !== 'extern') v = _func_to_native(v);
    this.set(v);
  }
  get h() {
    const v = this.get();
    if (this.t === 'f64') return _high_of_f64(v);
    _low_of_big(v);
    return _high_of_big();
  }
  set h(h) {
    this.set((this.t === 'i64' ? _big_from_halves : _f64_of_bits)(this.v, h));
  }
}

function _native_global(value, type, mutable) {
  if (!_native_objects.has(value)) {
    const cell = new _NativeCell(value, type, mutable);
    _native_objects.set(value, cell);
    if (mutable && typeof type !== 'string' && type.h !== 'extern')
      _face_member(value, cell.host, 'value', {
        get: () => _from_host(cell.get()),
        set: (ref) => cell.set(_to_host(ref)),
      });
  }
  return _native_objects.get(value);
}
