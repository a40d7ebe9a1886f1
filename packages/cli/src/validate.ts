/** The command `validate`. */

import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { moduleError } from './errors.js';
import { type ImageChoice, readModule } from './input.js';

/** Decodes and validates a module, perhaps of an image; throws the error that names what is wrong with it. */
export const validate = async (path: string, choice?: ImageChoice): Promise<void> => {
  const { bytes, name } = await readModule(path, choice);
  try {
    validateModule(decodeModule(bytes));
  } catch (error) {
    throw moduleError(name, error, bytes);
  }
};
