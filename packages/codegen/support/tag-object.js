/*
 * Tags (JS API, "Tags"): the object is the tag's identity.
 */

/** What is behind the objects. */
const _tags = _shared('tags', WeakMap);

const Tag = _class(
  'Tag',
  class Tag {
    constructor(descriptor) {
      const params = _type_names(_descriptor(descriptor).parameters);
      _tie(this, _tags, { y: _func_type(params, []), x: null });
    }
  },
  {},
);

/** A new tag of a type. */
function _tag(type) {
  return _object_of({ y: type, x: null }, Tag, _tags);
}

/** A tag that is imported; throws a LinkError. */
function _import_tag(imports, module, name, type) {
  const value = _import(imports, module, name);
  const state = _tags.get(value);
  if (state !== undefined && state.y === type) return value;
  const found = state === undefined ? _describe(value) : `(tag ${state.y.k})`;
  _incompatible(module, name, `(tag ${type.k})`, found);
}
