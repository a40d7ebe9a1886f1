/**
 * What tools say of a module in custom sections of their own, which only people read: gets their content. The compiler in a page
 * is bundled without it (`packages/webassembly/scripts/bundle-page.mjs`).
 */
import type { Cursor } from './cursor.js';
import type { Module } from './types.js';

/** Reads the content of the section `producers`. @throws MalformedError */
export function readProducers(cursor: Cursor): NonNullable<Module['producers']> {
  const producers: NonNullable<Module['producers']> = [];
  for (let left = cursor.u32(); left > 0; left--) {
    const field = cursor.name();
    const values: { name: string; version: string }[] = [];
    for (let more = cursor.u32(); more > 0; more--) {
      const name = cursor.name();
      values.push({ name, version: cursor.name() });
    }
    producers.push({ field, values });
  }
  return producers;
}

/** Reads the content of the section `target_features`. @throws MalformedError */
export function readTargetFeatures(cursor: Cursor): NonNullable<Module['targetFeatures']> {
  const features: NonNullable<Module['targetFeatures']> = [];
  for (let left = cursor.u32(); left > 0; left--) {
    const prefix = String.fromCharCode(cursor.u8());
    features.push({ prefix, name: cursor.name() });
  }
  return features;
}
