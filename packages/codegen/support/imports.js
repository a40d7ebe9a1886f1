/*
 * Matching of imports (specification, "Import Matching"; JS API, "Read the imports").
 */

/** Throws a TypeError where the argument of `instantiate` is no object. */
function _check_imports(imports) {
  if (Object(imports) !== imports) _invalid('imports');
}

/** The value given for an import. Throws a TypeError where the module's part is no object. */
function _import(imports, module, name) {
  const from = imports[module];
  if (Object(from) !== from) {
    throw new TypeError(
      `unknown import ${_import_name(module, name)}: ${JSON.stringify(module)} is no object`,
    );
  }
  return from[name];
}

/** Throws the LinkError for an import of the wrong type, or one that is missing. */
function _incompatible(module, name, expected, found) {
  const what = found === 'undefined' ? 'unknown import' : 'incompatible import type for';
  throw new (_error_class('LinkError'))(
    `${what} ${_import_name(module, name)}: expected ${expected}, found ${found}`,
  );
}

/** How messages name an import. */
function _import_name(module, name) {
  return `${JSON.stringify(module)} ${JSON.stringify(name)}`;
}

/** What a value is, for messages. The type of a function is known to who imports one alone: all of types comes with it. */
function _describe(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    const tag = value[Symbol.toStringTag];
    if (tag !== undefined) return `a ${tag}`;
  } catch {
    // A proxy may refuse to tell.
  }
  return 'an object';
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
function _import_func(imports, module, name, type, wrap, index, exact) {
  return _matching_func(_import(imports, module, name), module, name, type, wrap, index, exact);
}

/** The same for the value itself. */
function _matching_func(value, module, name, type, wrap, index, exact = false) {
  if (typeof value !== 'function') _incompatible(module, name, type.k, _describe(value));
  const f = _known(value);
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
  _register(type, { [index]: wrapped });
  if (native) wrapped.x = value;
  return wrapped;
}
