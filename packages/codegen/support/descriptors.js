/*
 * Custom descriptors: the descriptor of a structure is its property `q`.
 */

/** Traps where a structure would be made without a descriptor. */
function _descriptor_given(descriptor) {
  if (descriptor === null) _trap('null descriptor reference');
}

/** Gives a new structure its descriptor. */
function _describe_object(object, descriptor) {
  object.q = descriptor;
  return object;
}

/** ref.get_desc */
function _descriptor_of(object) {
  return object === null ? _trap('null reference') : object.q;
}

/** The trap of a cast to a type with another descriptor. */
function _descriptor_failure() {
  _trap('descriptor cast failure');
}

/** 1 where a reference has that descriptor, or is null and may be; a null descriptor traps. */
function _is_described(object, descriptor, nullable) {
  if (descriptor === null) _trap('null descriptor reference');
  if (object === null) return nullable;
  return object.q === descriptor ? 1 : 0;
}
