/*
 * What cells of references hold, for the class of globals, whoever has made it: registered by modules in which more than
 * numbers can be in globals (`globalsMeetReferences`), and by the `WebAssembly` object.
 */

/** Makes cells of references and vectors what they are everywhere in the realm. */
const _reference_cells =
  _registry.references ||
  _set_reference_cells({ type: _type_from_js, from: _given_ref, to: _ref_to_js });

function _set_reference_cells(references) {
  _registry.references = references;
  return references;
}
