/** What `inspect` tells of a component: its interfaces, and what the core modules in it consist of. */

import { type ComponentSurface, describeComponent } from '@wasm2js/component';
import { decodeModule, inspectModule, type ModuleListing } from '@wasm2js/decoder';
import { CliError } from './errors.js';
import { visible } from './text.js';

/** A core module of a component. */
interface CoreListing {
  name: string;
  listing: ModuleListing;
}

/**
 * Reads a component.
 * @throws CliError that names it and what is wrong with it
 */
export const surfaceOf = async (bytes: Uint8Array, name: string): Promise<ComponentSurface> => {
  try {
    return await describeComponent(bytes);
  } catch (error) {
    throw new CliError(`${name}: ${(error as Error).message}`, undefined, { cause: error });
  }
};

/** How a component is used by commands: as what it exports says. */
const purpose = ({ exports }: ComponentSurface): string => {
  const some = (test: RegExp): boolean => exports.some(({ name }) => test.test(name));
  const kinds = [
    ...(some(/^wasi:cli\/run@/) ? ['a command (run)'] : []),
    ...(some(/^wasi:http\/(?:incoming-)?handler@/) ? ['a handler of HTTP (serve)'] : []),
  ];
  return kinds.length === 0 ? 'functions (build)' : kinds.join(', ');
};

const block = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${visible(line)}`)];

/**
 * Describes a component.
 * @returns the lines for a person, and what JSON has
 * @throws CliError for what is no valid component
 */
export const describeForInspect = async (
  bytes: Uint8Array,
  name: string,
): Promise<{ text: string; json: object }> => {
  const surface = await surfaceOf(bytes, name);
  const { imports, exports } = surface;
  const cores = surface.cores.map((core): CoreListing => {
    return { name: core.name, listing: inspectModule(decodeModule(core.bytes)) };
  });
  const text = [
    `${visible(name)}: component, ${bytes.length} bytes`,
    `for: ${purpose(surface)}`,
    ...block('imports', imports),
    ...block(
      'exports',
      exports.map((item) => `${item.name}${item.kind === 'function' ? ' (function)' : ''}`),
    ),
    ...block(
      'core modules',
      cores.map(({ name: core, listing: { size, features, counts } }) => {
        const also = features.length === 0 ? '' : `; ${features.join(', ')}`;
        return `${core}  ${size} bytes, ${counts.functions} functions${also}`;
      }),
    ),
  ];
  const json = {
    component: true,
    size: bytes.length,
    imports,
    exports,
    cores: cores.map(({ name: core, listing }) => ({ ...listing, name: core })),
  };
  return { text: `${text.join('\n')}\n`, json };
};
