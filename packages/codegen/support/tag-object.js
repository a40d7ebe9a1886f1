/*
 * Tags (JS API, "Tags"): the object is the tag's identity.
 */

const _TAG = Symbol.for('wasm2js.tag');

class Tag {
  constructor(descriptor) {
    let type = descriptor;
    if (typeof descriptor !== 'object' || descriptor === null) {
      throw new TypeError('WebAssembly.Tag(): the argument must be a descriptor object');
    }
    if (descriptor.k === undefined) {
      const names = [...descriptor.parameters].map((name) => {
        const param = _type_from_js(name);
        return typeof param === 'string' ? param : `${param.h}ref`;
      });
      type = _type(names.length === 0 ? '(func)' : `(func (param ${names.join(' ')}))`);
    }
    _hide(this, _TAG, type);
  }
  get [Symbol.toStringTag]() {
    return 'WebAssembly.Tag';
  }
}

/** A new tag of a type. */
function _tag(type) {
  return new Tag(type);
}

/** A tag that is imported; throws a LinkError. */
function _import_tag(imports, module, name, type) {
  const value = _import(imports, module, name, () => `(tag ${type.k})`);
  const found = value[_TAG];
  if (found === type) return value;
  _incompatible(module, name, `(tag ${type.k})`, found ? `(tag ${found.k})` : _describe(value));
}
