/** What debugging information a module has, as plain data for a listing or JSON. */
import type { Module } from '@wasm2js/decoder';
import { DwarfPlaces, dwarfSections } from './dwarf.js';
import { DwarfError } from './dwarf-reader.js';
import { externalDebugInfo, sourceMappingUrl } from './mapped.js';

/** The debugging information of a module. */
export interface DebugListing {
  /** Number of functions that the name section names. */
  names: number;
  /** DWARF in custom sections. */
  dwarf?:
    | {
        /** Bytes of the sections that are read. */
        size: number;
        /** Number of sources in the line tables, and the first of them. */
        sources: number;
        firstSources: string[];
        /** Number of calls that were replaced by the body of the function. */
        inlined: number;
        /** Names are in other files (`-gsplit-dwarf`), which are not read. */
        split: boolean;
      }
    | { size: number; malformed: string };
  /** URL of the file that has the DWARF instead. */
  externalDwarf?: string;
  /** URL of the module's source map. */
  sourceMap?: string;
}

const FIRST = 5;

/** Describes the debugging information of a decoded module. */
export function describeDebugInfo(module: Module): DebugListing {
  const listing: DebugListing = { names: module.names?.funcs.size ?? 0 };
  const sections = dwarfSections(module);
  const size = Object.values(sections).reduce((sum, { length }) => sum + length, 0);
  if (size > 0) {
    try {
      const { paths, inlinedCount, splits } = new DwarfPlaces(module, sections);
      listing.dwarf = {
        size,
        sources: paths.length,
        firstSources: paths.slice(0, FIRST),
        inlined: inlinedCount,
        split: splits,
      };
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      listing.dwarf = { size, malformed: error.message };
    }
  }
  const external = externalDebugInfo(module);
  if (external !== undefined) listing.externalDwarf = external;
  const url = sourceMappingUrl(module);
  if (url !== undefined) listing.sourceMap = url;
  return listing;
}
