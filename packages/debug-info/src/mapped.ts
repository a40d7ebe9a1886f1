/**
 * Places by the source map that a module names: Emscripten's, AssemblyScript's. Its generated line is 1, its
 * columns are offsets in the module.
 */
import { decodedMappings, FlattenMap, type SourceMapInput } from '@jridgewell/trace-mapping';
import type { FuncDef, Module } from '@wasm2js/decoder';
import { lastUpTo } from './dwarf-lines.js';
import { DwarfError, DwarfReader } from './dwarf-reader.js';
import { customSection, type Places } from './places.js';

/** The URL of a module's source map: of its section `sourceMappingURL`. */
export const sourceMappingUrl = (module: Module): string | undefined =>
  sectionText(module, 'sourceMappingURL');

/** The URL of the file that has a module's DWARF: of its section `external_debug_info`. */
export const externalDebugInfo = (module: Module): string | undefined =>
  sectionText(module, 'external_debug_info');

function sectionText(module: Module, name: string): string | undefined {
  const bytes = customSection(module, name);
  if (bytes === undefined) return undefined;
  try {
    const reader = new DwarfReader(bytes);
    const length = reader.uleb();
    const at = reader.skip(length);
    return new TextDecoder().decode(bytes.subarray(at, at + length));
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}

/** Places of a module by its source map. */
export class MappedPlaces implements Places {
  readonly kind = 'source map';
  readonly sources: readonly string[];
  readonly contents: readonly (string | undefined)[] | undefined;
  private readonly segments: readonly (readonly number[])[];
  private readonly names: readonly string[];
  source = 0;
  line = 0;
  column = 0;
  /** What the map says: a function or a variable; it stands in the map that is made as well. */
  name: string | undefined;

  /**
   * @param json text of the map
   * @param url of a source by what the map says, relative to the map
   * @throws SyntaxError or TypeError where the text is no source map
   */
  constructor(json: string, url: (source: string) => string = (source) => source) {
    const map = FlattenMap(JSON.parse(json) as SourceMapInput);
    const root = map.sourceRoot ? map.sourceRoot.replace(/\/?$/, '/') : '';
    this.sources = map.sources.map((source) => url(`${root}${source ?? ''}`));
    const { sourcesContent } = map;
    this.contents = sourcesContent?.some((text) => typeof text === 'string')
      ? sourcesContent.map((text) => text ?? undefined)
      : undefined;
    this.names = map.names;
    this.segments = (decodedMappings(map)[0] ?? []).filter(
      (segment) => segment.length === 1 || segment[1] < map.sources.length,
    );
  }

  /** Are there places? */
  get isEmpty(): boolean {
    return this.segments.length === 0;
  }

  find(offset: number, func: FuncDef): boolean {
    const { segments } = this;
    const segment = segments[lastUpTo(segments.length, (i) => segments[i]![0]!, offset)];
    if (segment === undefined || segment.length < 4 || segment[0]! < func.offset) return false;
    this.source = segment[1]!;
    this.line = segment[2]!;
    this.column = segment[3]!;
    this.name = this.names[segment[4] ?? -1];
    return true;
  }

  functionName(func: FuncDef): string | undefined {
    const { start } = func.body;
    if (!this.find(start, func)) return undefined;
    const { segments } = this;
    const segment = segments[lastUpTo(segments.length, (i) => segments[i]![0]!, start)];
    return this.names[segment?.[4] ?? -1];
  }
}
