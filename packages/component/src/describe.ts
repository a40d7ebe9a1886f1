/** What a component is from outside: gets its bytes, gives its interfaces and the core modules in it. */
import { makeBindings } from './bindgen.js';

/** A component's surface. */
export interface ComponentSurface {
  /** Interfaces and functions, by their names in WIT. */
  imports: string[];
  exports: { name: string; kind: 'function' | 'instance' }[];
  /** In the order in which they are instantiated; beside the component's own there are small ones that join them. */
  cores: { name: string; bytes: Uint8Array }[];
}

/** Names of interfaces with their versions, which are left out of names that are not asked for as they are. */
const versionsIn = (component: Uint8Array): [string, string][] => {
  const text = Buffer.from(component.buffer, component.byteOffset, component.length);
  const names = text
    .toString('latin1')
    .matchAll(
      /([a-z][a-z0-9-]*:[a-z][a-z0-9-]*)\/[a-z][a-z0-9-]*@(\d+\.\d+\.\d+(?:-[0-9A-Za-z]+(?:[-.][0-9]+)*)?)/g,
    );
  const all = new Set([...names].map(([, name, version]) => `${name}/*@${version}`));
  return [...all].map((name) => [name, name]);
};

/**
 * Describes a component.
 * @throws Error with jco's words for what it cannot read
 */
export const describeComponent = async (component: Uint8Array): Promise<ComponentSurface> => {
  const options = { name: 'component', map: versionsIn(component), asynchronous: true };
  const { files, imports, exports } = await makeBindings(component, options);
  return {
    imports: [...imports],
    // An interface is exported by its short name, too.
    exports: exports
      .map(([name, kind]) => ({ name, kind }))
      .filter(({ name, kind }) => kind === 'function' || name.includes(':')),
    cores: files
      .filter(([name]) => name.endsWith('.wasm'))
      .map(([name, bytes]) => ({ name, bytes })),
  };
};
