/**
 * Types that only objects of exactly that type have. Gets a module and its canonical types; says for which types a cast
 * may compare the type itself, as for final ones.
 *
 * A module may extend another's types. But where nothing than numbers passes a module's border, all objects that it meets are
 * its own, and of the types that it declares.
 */
import { isRef, type Module, type ValType } from '@wasm2js/decoder';
import type { TypeTexts } from './types.js';

/** The canonical types without subtypes, in a module that numbers alone leave and enter; else none. */
export function leafTypes(module: Module, types: TypeTexts): ReadonlySet<number> {
  if (!isClosed(module)) return new Set();
  const above = new Set(
    module.types.flatMap(({ supers }) => supers.map((at) => types.canonical(at))),
  );
  return new Set(module.types.map((_, i) => types.canonical(i)).filter((type) => !above.has(type)));
}

/** Is no reference among what the module imports and exports? */
function isClosed({ types, funcTypes, globalTypes, tagTypes, imports, exports }: Module): boolean {
  const plain = (values: readonly ValType[]): boolean => !values.some(isRef);
  const plainType = (type: number): boolean => {
    const { comp } = types[type]!;
    return comp.kind === 'func' && plain(comp.params) && plain(comp.results);
  };
  return (
    imports.every(({ desc }) => {
      if (desc.kind === 'table') return false;
      if (desc.kind === 'global') return plain([desc.type]);
      return desc.kind === 'memory' || plainType(desc.type);
    }) &&
    exports.every(({ kind, index }) => {
      if (kind === 'table') return false;
      if (kind === 'global') return plain([globalTypes[index]!.type]);
      if (kind === 'memory') return true;
      return plainType(kind === 'tag' ? tagTypes[index]!.type : funcTypes[index]!);
    })
  );
}
