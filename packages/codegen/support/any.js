/*
 * References of the hierarchy of `any`: null, an i31 as a number, an object of a structure or array, or a value of the
 * host in a box. What JavaScript sees of an object is its face: one opaque object (JS API, "Exported GC Objects").
 */

/** The type of host values: that of no object. */
const _HOST_TYPE = _new_type(-1, '', 'host', []);

/** A value of the host as `any`. */
class _HostValue {
  constructor(value) {
    this.e = value;
  }
  get y() {
    return _HOST_TYPE;
  }
}

/** The opaque objects, and the name by which one of them tells what is behind it. */
const _faced = _shared('faced', WeakSet);
const _BEHIND = _registry.behind || (_registry.behind = Symbol('behind'));

/** Refuses by a TypeError also where code is not strict. */
function _refuse() {
  throw new TypeError('WebAssembly objects are opaque');
}
/** What there is to see of any object: nothing. */
const _NOTHING = Object.freeze(Object.create(null));

/**
 * The handler of one opaque object. No weak map leads from one to the other: what is in one as a value outlives every
 * collection of V8's young objects.
 */
class _Opaque {
  constructor(object) {
    this.object = object;
  }
  get(_, name) {
    return name === _BEHIND ? this.object : undefined;
  }
  set() {
    _refuse();
  }
  defineProperty() {
    _refuse();
  }
  deleteProperty() {
    _refuse();
  }
  preventExtensions() {
    return false;
  }
  setPrototypeOf() {
    return false;
  }
}

/** The face of a structure or array, made on first crossing and kept as its property `f`. */
function _face(object) {
  if (object.f === undefined) {
    object.f = new Proxy(_NOTHING, new _Opaque(object));
    _faced.add(object.f);
  }
  return object.f;
}

/** extern.convert_any, and what JavaScript sees of a reference. */
function _any_to_js(ref) {
  if (ref === null || typeof ref === 'number') return ref;
  return ref.y.g === 'host' ? ref.e : _face(ref);
}

/** any.convert_extern: a JavaScript value as a reference. */
function _any_from_extern(value) {
  if (value === null) return null;
  if (typeof value === 'number') {
    const small = (value << 1) >> 1;
    if (Object.is(small, value)) return small;
  } else if (typeof value === 'object') {
    if (_faced.has(value)) return value[_BEHIND];
  }
  return new _HostValue(value);
}

/** A JavaScript value as a reference of a type; throws a TypeError for one of another type. */
function _any_from_js(value, nullable, heap) {
  const ref = _any_from_extern(value);
  if (ref === null ? nullable : _has_heap_type(ref, heap)) return ref;
  throw new TypeError(`type incompatibility: expected ${_type_name({ n: nullable, h: heap })}`);
}

/** Has a reference that is not null that heap type: the name of one, or a descriptor? */
function _has_heap_type(ref, heap) {
  if (heap === 'any') return true;
  if (heap === 'none') return false;
  if (typeof ref === 'number') return heap === 'i31' || heap === 'eq';
  const type = ref.y;
  if (typeof heap === 'object') return type.d[heap.d.length - 1] === heap;
  return type.g === heap || (heap === 'eq' && type.g !== 'host');
}

// Tests of references that may be null: 1 or 0.
function _is_eq(ref) {
  return ref !== null && (typeof ref === 'number' || ref.y.g !== 'host') ? 1 : 0;
}
function _is_struct(ref) {
  return ref !== null && typeof ref !== 'number' && ref.y.g === 'struct' ? 1 : 0;
}
function _is_array(ref) {
  return ref !== null && typeof ref !== 'number' && ref.y.g === 'array' ? 1 : 0;
}
/** Is a function reference of that type? `exact`: a subtype does not do. */
function _is_func(ref, type, exact) {
  return ref !== null && _func_matches(ref, type) && (exact === 0 || ref.y === type) ? 1 : 0;
}

/** The value of an i31; null traps. */
function _i31(ref) {
  if (ref === null) _trap('null i31 reference');
  return ref;
}

/** How references of `any` cross where their type is known at run time only. */
const _any_crossing =
  _registry.any || _set_any_crossing({ toJs: _any_to_js, fromJs: _any_from_js });

function _set_any_crossing(crossing) {
  _registry.any = crossing;
  return crossing;
}
