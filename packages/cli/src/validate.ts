/** The command `validate`. */

import { decodeModule } from '@wasm2js/decoder';
import { validateModule } from '@wasm2js/validator';
import { moduleError } from './errors.js';
import { displayName, readModule } from './input.js';

/** Decodes and validates a module; throws the error that names what is wrong with it. */
export const validate = async (path: string): Promise<void> => {
  const bytes = await readModule(path);
  try {
    validateModule(decodeModule(bytes));
  } catch (error) {
    throw moduleError(displayName(path, 'stdin'), error, bytes);
  }
};
