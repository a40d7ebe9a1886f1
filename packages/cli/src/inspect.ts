/** The command `inspect`: what a module or component consists of, for a person or as JSON. */

import { describeRefusal, refusals } from '@wasm2js/codegen';
import { type DebugListing, describeDebugInfo } from '@wasm2js/debug-info';
import {
  decodeModule,
  inspectModule,
  type Module,
  type ModuleListing,
  type Refusal,
  WasmError,
} from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { moduleError } from './errors.js';
import { isComponent } from './foreign.js';
import { describeImage } from './image/describe.js';
import { type ImageChoice, readBinary } from './input.js';
import { visible } from './text.js';

/** Describes the module or component in `path`, and the image that it is of. */
export const inspect = async (
  path: string,
  json: boolean,
  choice?: ImageChoice,
): Promise<string> => {
  const { bytes, name, image } = await readBinary(path, choice);
  const about = image && describeImage(image);
  const tell = (listing: object, text: string): string => {
    if (!json) return `${about?.text ?? ''}${text}`;
    const told = { ...(about && { image: about.json }), ...listing };
    return `${JSON.stringify(told, undefined, 2)}\n`;
  };
  if (isComponent(bytes)) {
    const { describeForInspect } = await import('./inspect-component.js');
    const described = await describeForInspect(bytes, name);
    return tell(described.json, described.text);
  }
  try {
    const module = decodeModule(bytes);
    const listing = inspectModule(module);
    const refused = refusedIn(module);
    const debugging = describeDebugInfo(module);
    return tell({ ...listing, refused, debugging }, render(name, listing, refused, debugging));
  } catch (error) {
    throw moduleError(name, error, bytes);
  }
};

/** What `build` would refuse; undefined for an invalid module, of which `validate` says what is wrong. */
const refusedIn = (module: Module): Refusal[] | undefined => {
  try {
    validateModule(module);
  } catch (error) {
    if (error instanceof WasmError) return undefined;
    throw error;
  }
  return refusals(module);
};

const quoted = (text: string): string => `"${visible(text)}"`;

/** Width beyond which a cell does not push the next column of other rows. */
const WIDEST = 50;

/** Lines of columns, all but the last padded to one width; numeric columns to the right. */
const columns = (rows: readonly (readonly (string | number)[])[]): string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, Math.min(String(cell).length, WIDEST));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (typeof cell === 'number') return String(cell).padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      })
      .join('  '),
  );
};

const block = (title: string, lines: readonly string[]): string[] =>
  lines.length ? ['', `${title}:`, ...lines.map((line) => `  ${line}`)] : [];

const countNames: [keyof ModuleListing['counts'], string][] = [
  ['types', 'types'],
  ['functions', 'functions'],
  ['tables', 'tables'],
  ['memories', 'memories'],
  ['globals', 'globals'],
  ['tags', 'tags'],
  ['elemSegments', 'element segments'],
  ['dataSegments', 'data segments'],
];

/** What `build --source-map` has to go by. */
const debuggingLines = ({ names, dwarf, externalDwarf, sourceMap }: DebugListing): string[] => {
  const lines: string[] = [];
  if (names > 0) lines.push(`names of ${names} functions`);
  if (dwarf !== undefined && 'malformed' in dwarf)
    lines.push(`DWARF, ${dwarf.size} bytes, malformed: ${dwarf.malformed}`);
  else if (dwarf !== undefined) {
    const { size, sources, firstSources, inlined, split } = dwarf;
    const first = firstSources.map(visible).join(', ');
    lines.push(
      `DWARF, ${size} bytes: ${sources} sources (${first}${sources > firstSources.length ? ', …' : ''}), ` +
        `${inlined} inlined calls${split ? '; names are in .dwo files, which are not read' : ''}`,
    );
  }
  if (externalDwarf !== undefined) lines.push(`DWARF in ${visible(externalDwarf)}`);
  if (sourceMap !== undefined) {
    const shown = visible(sourceMap);
    lines.push(`source map ${shown.length > 100 ? `${shown.slice(0, 100)}…` : shown}`);
  }
  return lines;
};

const render = (
  input: string,
  listing: ModuleListing,
  refused: readonly Refusal[] | undefined,
  debugging: DebugListing,
): string => {
  const { counts, code } = listing;
  const title = listing.name === undefined ? '' : ` ${quoted(listing.name)}`;
  const lines = [
    `${visible(input)}: module${title}, ${listing.size} bytes`,
    `features: ${listing.features.join(', ')}`,
    ...block('refused by build, since not supported yet', (refused ?? []).map(describeRefusal)),
    ...block('sections', [
      ...columns(
        listing.sections.map((section) => [
          visible(section.name),
          section.size,
          `at 0x${section.offset.toString(16)}`,
        ]),
      ),
    ]),
    ...block('counts', columns(countNames.map(([key, name]) => [name, counts[key]]))),
    ...block(
      'imports',
      columns(
        listing.imports.map((item) => [`${quoted(item.module)} ${quoted(item.name)}`, item.type]),
      ),
    ),
    ...block('exports', columns(listing.exports.map((item) => [quoted(item.name), item.type]))),
    ...block(
      `code, ${code.bytes} bytes in ${code.functions} functions; the largest`,
      columns(code.largest.map((body) => [body.index, body.size, visible(body.name ?? '')])).map(
        (line) => line.trimEnd(),
      ),
    ),
    ...block('debugging', debuggingLines(debugging)),
    ...block(
      'producers',
      listing.producers.map(({ field, values }) => {
        const tools = values.map((value) => `${value.name} ${value.version}`.trim());
        return visible(`${field}: ${tools.join(', ')}`);
      }),
    ),
  ];
  if (listing.start !== undefined) lines.push('', `start function: ${listing.start}`);
  if (listing.dataBytes) lines.push('', `data: ${listing.dataBytes} bytes`);
  return `${lines.join('\n')}\n`;
};
