/*
 * Matching of imports (specification, "Import Matching"; JS API, "Read the imports").
 */

const _LinkError = _error_class('LinkError');

/**
 * The value given for an import.
 * @param expected gives the text of the wanted type
 * @param optional undefined is a value when the property exists
 * Throws a LinkError when there is none.
 */
function _import(imports, module, name, expected, optional = false) {
  const from = imports === undefined || imports === null ? undefined : imports[module];
  const missing = from === undefined || from === null;
  const value = missing ? undefined : from[name];
  if (value === undefined && !(optional && !missing && name in Object(from))) {
    const found = missing ? `no module ${JSON.stringify(module)}` : 'undefined';
    throw new _LinkError(
      `unknown import ${_import_name(module, name)}: expected ${expected()}, found ${found}`,
    );
  }
  return value === null && !optional ? _NULL_IMPORT : value;
}

/** Stands for an import that is null: it has no properties and matches nothing. */
const _NULL_IMPORT = Object.freeze({ __proto__: null });

/** Throws the LinkError for an import of the wrong type. */
function _incompatible(module, name, expected, found) {
  throw new _LinkError(
    `incompatible import type for ${_import_name(module, name)}: expected ${expected}, found ${found}`,
  );
}

/** How messages name an import. */
function _import_name(module, name) {
  return `${JSON.stringify(module)} ${JSON.stringify(name)}`;
}

/** What a value is, for messages. */
function _describe(value) {
  if (value === null || value === _NULL_IMPORT) return 'null';
  if (typeof value === 'function') {
    const f = _registry.raw.get(value);
    return f === undefined ? 'a function' : f.y.k;
  }
  if (typeof value !== 'object') return `a ${typeof value}`;
  const tag = value[Symbol.toStringTag];
  return tag === undefined ? 'an object' : `a ${tag}`;
}

/** Do the limits of something that exists match those of an import? (`max` undefined: none) */
function _limits_match(size, sizeMax, min, max) {
  return size >= min && (max === undefined || (sizeMax !== undefined && sizeMax <= max));
}

/**
 * A function that is imported, as its owner knows it; throws a LinkError.
 * @param wrap makes a function of ours of a host function
 * @param exact a declared subtype does not do
 */
function _import_func(imports, module, name, type, wrap, index, exact = false) {
  const value = _import(imports, module, name, () => type.k);
  if (typeof value !== 'function') _incompatible(module, name, type.k, _describe(value));
  const f = _registry.raw.get(value);
  if (f !== undefined) {
    if (_func_matches(f, type) && !(exact && f.y !== type))
      return f.y === null ? _wrap_native(f, type, wrap, index) : f;
    _incompatible(module, name, type.k, f.y === null ? _describe(value) : f.y.k);
  }
  const native = _is_native_func(value);
  if (native && !_probe_func(value, type)) {
    _incompatible(module, name, type.k, 'a WebAssembly function of another type');
  }
  const wrapped = wrap(value);
  _register(type, [wrapped, index]);
  if (native) wrapped.x = value;
  return wrapped;
}
