/** Places by DWARF in the custom sections of a module. */
import type { FuncDef, Module } from '@wasm2js/decoder';
import type { DwarfSections } from './dwarf-forms.js';
import { LineTable } from './dwarf-lines.js';
import { type CallSite, type FoundScope, ScopeTable } from './dwarf-scopes.js';
import { customSection, type Places } from './places.js';

const SECTIONS = [
  'abbrev',
  'addr',
  'info',
  'line',
  'line_str',
  'ranges',
  'rnglists',
  'str',
  'str_offsets',
] as const satisfies readonly (keyof DwarfSections)[];

/** The sections of a module that hold DWARF. */
export function dwarfSections(module: Module): DwarfSections {
  const found: DwarfSections = {};
  for (const name of SECTIONS) {
    const bytes = customSection(module, `.debug_${name}`);
    if (bytes !== undefined) found[name] = bytes;
  }
  return found;
}

/** The content of the code section: what addresses count from. */
export function codeRange(module: Module): { start: number; end: number } | undefined {
  return module.sections.find(({ id }) => id === 10)?.range;
}

/** The URL of a path as compilers say them: absolute ones stay, what URLs take for syntax is escaped. */
export function pathUrl(path: string): string {
  const escaped = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  if (/^[A-Za-z]:\//.test(path)) return `file:///${escaped}`;
  // The first name of a relative path is no scheme.
  return /^[^/]*:/.test(escaped) ? `./${escaped}` : escaped;
}

/** Sources of Rust's own library, as its compilers name them. */
const LIBRARY =
  /^(?:\/rustc\/[^/]+|\/usr\/src\/rustc-[^/]+|.*\/lib\/rustlib\/src\/rust)\/library\//;

/** Places of a module by DWARF. */
export class DwarfPlaces implements Places {
  readonly kind = 'dwarf';
  readonly sources: readonly string[];
  private readonly lines: LineTable;
  private readonly scopes: ScopeTable;
  private readonly start: number;
  /** By source: is it of a language's own library? */
  private readonly library: readonly boolean[];
  source = 0;
  line = 0;
  column = 0;
  name: string | undefined;

  /**
   * @param module whose code it is
   * @param sections of it, or of the file that has its debugging information
   * @param url of a source by the path that the compiler has said
   * @throws DwarfError where the sections are not what the format says
   */
  constructor(module: Module, sections: DwarfSections, url: (path: string) => string = pathUrl) {
    const { start, end } = codeRange(module) ?? { start: 0, end: 0 };
    this.start = start;
    this.scopes = new ScopeTable(sections, end - start);
    this.lines = new LineTable(sections, this.scopes.folders, end - start);
    this.sources = this.lines.sources.map(url);
    this.library = this.lines.sources.map((path) => LIBRARY.test(path));
  }

  /** Are there lines? */
  get isEmpty(): boolean {
    return this.lines.isEmpty;
  }

  /** Paths of the sources as the compiler has said them. */
  get paths(): readonly string[] {
    return this.lines.sources;
  }

  /** Number of calls that a compiler has replaced by the body of the function. */
  get inlinedCount(): number {
    return this.scopes.inlinedCount;
  }

  /** Are there units whose information is in files of their own (`-gsplit-dwarf`)? */
  get splits(): boolean {
    return this.scopes.splits;
  }

  find(offset: number, func: FuncDef): boolean {
    const { lines } = this;
    const address = offset - this.start;
    if (!lines.find(address, func.offset - this.start)) return false;
    this.take(lines.source, lines.line, lines.column);
    const scope = this.scopes.functionAt(address);
    this.name = scope?.call && scope.name;
    if (this.library[lines.source] && scope !== undefined) this.climb(scope);
    return true;
  }

  private take(source: number, line: number, column: number): void {
    this.source = source;
    this.line = line - 1;
    this.column = Math.max(0, column - 1);
  }

  /**
   * A map has one place for each part of the text. Of what a language's own library has been inlined into, that is
   * the line of the program that called it.
   */
  private climb(from: FoundScope): void {
    for (let scope: FoundScope | undefined = from; scope?.call; scope = scope.around) {
      const { table, file, line, column }: CallSite = scope.call;
      const source = this.lines.files.get(table)?.[file] ?? -1;
      if (source < 0 || line <= 0) return;
      if (this.library[source]) continue;
      this.take(source, line, column);
      this.name = scope.around?.call && scope.around.name;
      return;
    }
  }

  functionName({ body }: FuncDef): string | undefined {
    let scope = this.scopes.functionAt(body.start - this.start);
    while (scope?.call) scope = scope.around;
    return scope?.name;
  }
}
