/** The command `validate`. */

import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { moduleError } from './errors.js';
import { isComponent } from './foreign.js';
import { type ImageChoice, readBinary } from './input.js';

const check = (bytes: Uint8Array, name: string): void => {
  try {
    validateModule(decodeModule(bytes));
  } catch (error) {
    throw moduleError(name, error, bytes);
  }
};

/** Decodes and validates a module or component, perhaps of an image; throws the error that names what is wrong with it. */
export const validate = async (path: string, choice?: ImageChoice): Promise<void> => {
  const { bytes, name } = await readBinary(path, choice);
  if (!isComponent(bytes)) {
    check(bytes, name);
    return;
  }
  const { surfaceOf } = await import('./inspect-component.js');
  const { cores } = await surfaceOf(bytes, name);
  for (const core of cores) check(core.bytes, `${name} (${core.name})`);
};
