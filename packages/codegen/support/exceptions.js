/*
 * Exceptions at run time (specification, "Exception Instances") and their JavaScript object (JS API, "Exceptions").
 * What WebAssembly throws is that object: its tag, and the components of its values, floats as bits. What a host
 * function has thrown is an exception of the JavaScript tag while WebAssembly holds it.
 */

const _TAGGED = Symbol.for('wasm2js.exception.tag');
const _PAYLOAD = Symbol.for('wasm2js.exception.payload');
const _STACK = Symbol.for('wasm2js.exception.stack');

const Exception = _class(
  'Exception',
  class Exception {
    constructor(tag, payload, options = undefined) {
      const types = _tag_params(tag);
      if (tag === _registry.jsTag) throw new TypeError('the tag is JSTag');
      const values = [..._iterable(payload)];
      if (values.length !== types.length) throw new TypeError(`${types.length} values expected`);
      this[_TAGGED] = tag;
      this[_PAYLOAD] = types.flatMap((type, i) => {
        const cell = new _Cell(type, false, 0);
        _cell_set(cell, [values[i]]);
        return _components(type) === 2 ? [cell.v, cell.h] : [cell.v];
      });
      // Throws a TypeError where it is no object.
      if (options != null && Reflect.get(options, 'traceStack')) this[_STACK] = new Error().stack;
    }
  },
  {
    /** Where it was made, if that was asked for. */
    get stack() {
      return _exception(this)[_STACK];
    },
    /** Has the exception that tag? */
    is(tag) {
      _tag_params(tag);
      return _exception(this)[_TAGGED] === tag;
    },
    /** One of the exception's values. */
    getArg(tag, index) {
      const types = _tag_params(tag);
      const exn = _exception(this);
      const position = _index_from_js(index, false);
      if (exn[_TAGGED] !== tag) throw new TypeError('the exception has another tag');
      if (position >= types.length) throw new RangeError('there is no such value');
      let at = 0;
      for (const type of types.slice(0, position)) at += _components(type);
      const payload = exn[_PAYLOAD];
      const h = _components(types[position]) === 2 ? payload[at + 1] : 0;
      return _cell_to_js({ t: types[position], v: payload[at], h });
    },
  },
);

/** How many components a value of a type has. */
function _components(type) {
  if (type === 'v128') return 4;
  return type === 'i64' || type === 'f64' ? 2 : 1;
}

/** Is that an exception? An object that inherits from one is none, nor is a proxy that throws where it is asked. */
function _is_exception(value) {
  try {
    return value instanceof Exception && !!Reflect.getOwnPropertyDescriptor(value, _TAGGED);
  } catch {
    return false;
  }
}

/** The receiver of a method; throws a TypeError for anything but an exception. */
function _exception(value) {
  if (_is_exception(value)) return value;
  throw new TypeError('the receiver is an object of another class');
}

/** A value that can be iterated over; throws a TypeError for any other. */
function _iterable(value) {
  if (Object(value) === value && typeof value[Symbol.iterator] === 'function') return value;
  throw new TypeError('the values must be iterable');
}

/** The types of a tag's values; throws a TypeError for anything but a tag. */
function _tag_params(tag) {
  const state = _tags.get(tag);
  if (state === undefined) throw new TypeError('the first argument must be a WebAssembly.Tag');
  return _type_list(state.y.k, 'param').map(_value_type);
}

/** A value type from its text in a type's. */
function _value_type(text) {
  const ref = /^\(ref (null )?(.*)\)$/.exec(text);
  if (ref === null) {
    const short = /^(.*)ref$/.exec(text);
    return short === null ? text : { n: true, h: short[1] };
  }
  if (ref[2][0] !== '#') return { n: ref[1] !== undefined, h: ref[2] };
  for (const group of _types.values()) {
    const type = group.find(({ id }) => `#${id}` === ref[2]);
    if (type !== undefined) return { n: ref[1] !== undefined, h: type };
  }
  throw new TypeError(`unknown type ${text}`);
}

/** The tag of what JavaScript throws. */
function _js_tag() {
  if (_registry.jsTag === undefined) _registry.jsTag = _tag(_type('(func (param externref))'));
  return _registry.jsTag;
}

/** An exception of a tag with these components: `throw`. A value of JavaScript is thrown as it is. */
function _exn(tag, ...payload) {
  if (tag === _registry.jsTag) {
    _registry.thrown = payload[0];
    return payload[0];
  }
  return _new_exn(tag, payload);
}

function _new_exn(tag, payload) {
  const exn = Object.create(Exception.prototype);
  exn[_TAGGED] = tag;
  exn[_PAYLOAD] = payload;
  return exn;
}

/**
 * What a handler has caught, as an exception. A trap goes on: what was thrown neither by WebAssembly nor
 * by the host, and a trap that has come through the host.
 */
function _caught(value) {
  const ofHost = Object.is(value, _registry.thrown);
  if (ofHost ? _is_exception(value) : value instanceof Exception) {
    if (ofHost) _registry.thrown = null;
    return value;
  }
  if (!ofHost || _is_trap(value)) throw value;
  _registry.thrown = null;
  return _new_exn(_js_tag(), [value]);
}

/** What JavaScript throws for an exception: the value that it has thrown before, or the exception itself. */
function _thrown(exn) {
  if (exn[_TAGGED] !== _registry.jsTag) return exn;
  _registry.thrown = exn[_PAYLOAD][0];
  return exn[_PAYLOAD][0];
}

/** `throw_ref`: the same for a reference; null traps. */
function _thrown_ref(exn) {
  return exn === null ? _trap('null exception reference') : _thrown(exn);
}

/** 1 where the exception has that tag. */
function _has_tag(exn, tag) {
  return exn[_TAGGED] === tag ? 1 : 0;
}

/** A component of the exception's values. */
function _payload(exn, index) {
  return exn[_PAYLOAD][index];
}
