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

/** Opaque objects by what is behind them, and back. */
const _faces = _shared('faces', WeakMap);
const _faced = _shared('faced', WeakMap);

const _no = () => false;
/** Refuses by a TypeError also where code is not strict. */
const _refuse = () => {
  throw new TypeError('WebAssembly objects are opaque');
};
/** What there is to see of any object: nothing. */
const _NOTHING = Object.freeze(Object.create(null));
const _opaque = {
  set: _refuse,
  defineProperty: _refuse,
  deleteProperty: _refuse,
  preventExtensions: _no,
  setPrototypeOf: _no,
};

/** The face of a structure or array, made on first crossing. */
function _face(object) {
  let face = _faces.get(object);
  if (face === undefined) {
    face = new Proxy(_NOTHING, _opaque);
    _faces.set(object, face);
    _faced.set(face, object);
  }
  return face;
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
    if (small === value) return small;
  } else if (typeof value === 'object') {
    const object = _faced.get(value);
    if (object !== undefined) return object;
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
