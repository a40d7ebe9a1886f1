/*
 * Types at run time. A defined type is a descriptor, interned in the registry, so that equal types
 * of all modules are one object: `s` its declared supertype, `k` its text, `g` its kind, `d` its supertypes from the
 * root on, itself last (the first eight also `d0` to `d7`), `c` the class of its objects. A value type is its name or,
 * for a reference, an object: `n` nullable, `h` the heap type (its name or a descriptor).
 */

/** A new descriptor. All have the same properties in the same order, so that engines know what casts look at. */
function _new_type(id, k, g, d) {
  const none = null;
  return {
    id,
    k,
    s: none,
    g,
    d,
    c: none,
    d0: none,
    d1: none,
    d2: none,
    d3: none,
    d4: none,
    d5: none,
    d6: none,
    d7: none,
  };
}

const _types = _shared('types', Map);

/**
 * The descriptor of one type of a recursion group.
 * @param members text of every member; `$k` names refs[k], `@k` member k of the group itself
 * @param index position in the group
 * @param refs descriptors of other groups
 */
function _type(members, index = 0, refs = []) {
  const texts = (typeof members === 'string' ? [members] : members).map((text) =>
    text.replace(/\$(\d+)/g, (_, k) => `#${refs[k].id}`),
  );
  const key = texts.join(' ');
  let group = _types.get(key);
  if (group === undefined) {
    const first = _types.count || 0;
    _types.count = first + texts.length;
    group = texts.map((k, i) => {
      const g = /\((func|struct|array)/.exec(k)[1];
      return _new_type(first + i, k, g, []);
    });
    for (const type of group) {
      const parent = /^\(sub (?:final )?([#@])(\d+)/.exec(type.k);
      if (parent !== null) {
        const id = Number(parent[2]);
        type.s = parent[1] === '@' ? group[id] : refs.find((other) => other.id === id);
        type.d = [...type.s.d];
      }
      type.d.push(type);
      type.d.slice(0, 8).forEach((above, depth) => {
        type[`d${depth}`] = above;
      });
    }
    _types.set(key, group);
  }
  return group[index];
}

/** The value types listed after `word` ("param" or "result") in a type's text. */
function _type_list(text, word) {
  // For regular expressions (`_tells_full_stack`).
  _room(undefined, 99);
  const list = new RegExp(`\\(${word} ((?:\\([^)]*\\)|[^()])*)\\)`).exec(text);
  return list === null ? [] : list[1].match(/\([^)]*\)|[^\s()]+/g);
}

/** How many ints, numbers and references of the channel the results of a function type take. */
function _result_channels(text) {
  const counts = { h: 0, d: 0, r: 0 };
  _type_list(text, 'result').forEach((type, position) => {
    const first = position === 0 ? 1 : 0;
    if (type === 'i32') counts.h += 1 - first;
    else if (type === 'i64') counts.h += 2 - first;
    else if (type === 'v128') counts.h += 4 - first;
    else if (type === 'f32' || type === 'f64') {
      counts.d += 1 - first;
      counts.h += type === 'f32' ? 1 : 2;
    } else counts.r += 1 - first;
  });
  return counts;
}

/** Is `type` the function type `wanted` or a declared subtype of it? */
function _is_subtype(type, wanted) {
  for (; type; type = type.s) if (type === wanted) return true;
  return false;
}

/** Is heap type `a` a subtype of heap type `b`? (specification, "Heap Types" of chapter 3.3) */
function _is_heap_subtype(a, b) {
  if (a === b) return true;
  if (typeof a === 'object') {
    if (typeof b === 'object') return _is_subtype(a, b);
    return a.g === b || (a.g !== 'func' && (b === 'eq' || b === 'any'));
  }
  if (typeof b === 'object') {
    return a === (b.g === 'func' ? 'nofunc' : 'none');
  }
  const above = {
    nofunc: 'func',
    noextern: 'extern',
    noexn: 'exn',
    none: 'i31 struct array eq any',
    i31: 'eq any',
    struct: 'eq any',
    array: 'eq any',
    eq: 'any',
  }[a];
  return (above?.split(' ') ?? []).includes(b);
}

/** Is value type `a` a subtype of value type `b`? */
function _is_value_subtype(a, b) {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return (b.n || !a.n) && _is_heap_subtype(a.h, b.h);
}

/** The text of a value type. */
function _type_name(type) {
  if (typeof type === 'string') return type;
  const heap = typeof type.h === 'string' ? type.h : type.h.k;
  return `(ref ${type.n ? 'null ' : ''}${heap})`;
}
