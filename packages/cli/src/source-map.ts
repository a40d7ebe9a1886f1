/**
 * Source maps of builds: finds what debugging information a module has, in itself and in files beside it, and makes
 * the map and its files of it. Must hold: no file is read that is not in or below the module's folder, but for the
 * sources that are asked for by `sourcesContent`.
 */

import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { functionOfMark, MARK, NOWHERE } from '@wasm2js/codegen';
import {
  DwarfError,
  DwarfPlaces,
  dwarfSections,
  externalDebugInfo,
  ListingPlaces,
  MappedPlaces,
  moduleMap,
  type Places,
  pathUrl,
  sourceMap,
  sourceMappingUrl,
} from '@wasm2js/debug-info';
import { decodeModule, type Module, WasmError } from '@wasm2js/decoder';
import { systemCode } from './errors.js';

/** Where a source map goes: into a file beside the script, or into the script. */
export type SourceMapMode = 'external' | 'inline';

/** The files beside a module that tell where it comes from. */
export interface DebugFiles {
  /** The text of the source map that the module names, and its folder. */
  map?: { text: string; folder: string };
  /** The module that has the DWARF instead of this one. */
  dwarf?: Module;
  /** What a person should know, without the name of the module. */
  notes: string[];
}

/**
 * The file that a module refers to by a URL: in or below its folder. Of a URL elsewhere, as of a server for
 * development, the last name counts.
 */
const companion = (url: string, folder: string): string => {
  let path = url.replace(/[?#].*$/s, '');
  try {
    path = decodeURIComponent(path);
  } catch {
    // Then it is meant as it is.
  }
  const inside = resolve(folder, path);
  const below = relative(resolve(folder), inside);
  const stays = below !== '' && !below.startsWith('..') && !isAbsolute(below);
  return stays && !/^[a-z][a-z\d+.-]*:/i.test(path)
    ? inside
    : join(folder, path.split(/[/\\]/).at(-1) || 'unnamed');
};

const readOrNote = async (
  path: string,
  what: string,
  notes: string[],
): Promise<Buffer | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    notes.push(`${what} cannot be read: ${path}`);
    return undefined;
  }
};

/**
 * Reads what a module names that tells where it comes from.
 * @param folder of the module; undefined where it comes from no file
 */
export const readDebugFiles = async (
  module: Module,
  folder: string | undefined,
): Promise<DebugFiles> => {
  const notes: string[] = [];
  const external = externalDebugInfo(module);
  if (external !== undefined && folder !== undefined) {
    const bytes = await readOrNote(companion(external, folder), 'the file with its DWARF', notes);
    try {
      if (bytes !== undefined) return { dwarf: decodeModule(bytes), notes };
    } catch (error) {
      if (!(error instanceof WasmError)) throw error;
      notes.push(`the file with its DWARF is no module: ${error.message}`);
    }
  }
  if (dwarfSections(module).line !== undefined) return { notes };
  const url = sourceMappingUrl(module);
  if (url === undefined) return { notes };
  const data = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url);
  if (data !== null) {
    const [, base64, text = ''] = data;
    const json = base64 ? Buffer.from(text, 'base64').toString() : decodeURIComponent(text);
    return { map: { text: json, folder: folder ?? '.' }, notes };
  }
  if (folder === undefined) {
    notes.push('the source map that it names is not known, since it comes from no file');
    return { notes };
  }
  const path = companion(url, folder);
  const bytes = await readOrNote(path, 'its source map', notes);
  return bytes === undefined
    ? { notes }
    : { map: { text: bytes.toString(), folder: dirname(path) }, notes };
};

/** What a build knows when it makes its map. */
export interface MapContext {
  module: Module;
  marks: Int32Array;
  debug: DebugFiles;
  mode: SourceMapMode;
  /** Put the texts of the sources into the map. */
  sourcesContent: boolean;
  /** Folder of the module, if it comes from a file. */
  folder: string | undefined;
  /** The script. */
  output: string;
}

/** A map and what goes with it. */
export interface BuiltMap {
  /** The last line of the script. */
  comment: Iterable<string>;
  files: { path: string; chunks: Iterable<string> }[];
  notes: string[];
}

/** Makes the source map of a build. */
export const buildSourceMap = (context: MapContext): BuiltMap => {
  const { module, marks, mode, output } = context;
  const notes = [...context.debug.notes];
  const script = basename(output);
  const listing = `${script}.wat`;
  const places = findPlaces(context, listing, notes);
  const format = { size: MARK, nowhere: NOWHERE, functionOf: functionOfMark };
  const apart = places instanceof ListingPlaces && mode === 'external';
  const contents = context.sourcesContent ? sourceReader(places, context) : undefined;
  const { chunks } = sourceMap({
    module,
    marks,
    format,
    places: apart ? withoutContents(places) : places,
    file: script,
    contents,
  });
  if (mode === 'inline') return { comment: inlineComment(chunks), files: [], notes };
  const files: BuiltMap['files'] = [{ path: `${output}.map`, chunks }];
  if (apart) files.push({ path: join(dirname(output), listing), chunks: places.contents[0]! });
  return {
    comment: [`//# sourceMappingURL=${encodeURIComponent(`${script}.map`)}\n`],
    files,
    notes,
  };
};

/** The same places; their text is in a file of its own. */
const withoutContents = (places: Places): Places =>
  Object.create(places, { contents: { value: undefined } }) as Places;

/** The best information that there is. */
const findPlaces = (context: MapContext, listing: string, notes: string[]): Places =>
  placesOfMap(context, notes) ??
  placesOfDwarf(context.module, context.debug, notes, (path) =>
    sourceUrl(path, context.folder, context.output),
  ) ??
  new ListingPlaces(context.module, pathUrl(listing));

/** Places by the DWARF of a module; undefined where it has none that is of use. */
const placesOfDwarf = (
  module: Module,
  debug: DebugFiles,
  notes: string[],
  url: (path: string) => string,
): DwarfPlaces | undefined => {
  const sections = dwarfSections(debug.dwarf ?? module);
  if (sections.line === undefined) return undefined;
  try {
    const places = new DwarfPlaces(module, sections, url);
    if (places.splits) notes.push('names of its functions are in .dwo files, which are not read');
    if (!places.isEmpty) return places;
    notes.push('its DWARF has no lines');
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
    notes.push(`its DWARF is malformed: ${error.message}`);
  }
  return undefined;
};

/** Places by the source map of a module; undefined where it has none that is of use. */
const placesOfMap = ({ debug, output }: MapContext, notes: string[]): MappedPlaces | undefined => {
  if (debug.map === undefined) return undefined;
  const { text, folder } = debug.map;
  try {
    const places = new MappedPlaces(text, (source) =>
      /^(?:[a-z][a-z\d+.-]*:|\/)/i.test(source)
        ? source
        : sourceUrl(decoded(source), folder, output),
    );
    if (!places.isEmpty) return places;
    notes.push('its source map is empty');
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    notes.push(`its source map is malformed: ${error.message}`);
  }
  return undefined;
};

/**
 * The source map of a module that is to be rewritten: its own, or one of its DWARF, since tools that rewrite keep the
 * lines of maps better.
 * @param folder of the module
 * @returns undefined where there is neither
 */
export const mapToRewrite = (
  module: Module,
  debug: DebugFiles,
  folder: string | undefined,
): DebugFiles['map'] => {
  if (debug.map !== undefined) return debug.map;
  const places = placesOfDwarf(module, debug, [], pathUrl);
  return places && { text: moduleMap(module, places), folder: folder ?? '.' };
};

const decoded = (url: string): string => {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
};

/** The URL of a source, seen from the map; what is relative counts from `folder`. */
const sourceUrl = (path: string, folder: string | undefined, output: string): string => {
  if (folder === undefined || /^(?:\/|[A-Za-z]:[/\\])/.test(path)) return pathUrl(path);
  const seen = relative(dirname(resolve(output)), resolve(folder, path));
  // On another drive there is no relative path.
  return pathUrl(seen.split(sep).join('/'));
};

/** Sources larger than this are left out. */
const MOST_TEXT = 16 << 20;

/** Reads the texts of sources. */
const sourceReader =
  (places: Places, { output }: MapContext) =>
  (wanted: readonly number[]): (string | undefined)[] => {
    const texts: (string | undefined)[] = [];
    for (const index of wanted) {
      const url = decoded(places.sources[index]!).replace(/^file:\/\/(?=\/)/, '');
      try {
        const path = resolve(dirname(resolve(output)), url.replace(/^\/(?=[A-Za-z]:\/)/, ''));
        const status = statSync(path);
        if (status.isFile() && status.size <= MOST_TEXT) texts[index] = readFileSync(path, 'utf8');
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
      }
    }
    return texts;
  };

/** The map as the last line of the script. */
function* inlineComment(chunks: readonly string[]): Generator<string> {
  yield '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
  let rest = Buffer.alloc(0);
  for (const chunk of chunks) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.subarray(0, whole).toString('base64');
    rest = bytes.subarray(whole);
  }
  yield `${rest.toString('base64')}\n`;
}
