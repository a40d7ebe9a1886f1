/** Child process of the differential fuzzer: compares one module for each request. */

import { bytesOf } from '../run/execute.js';
import { serve } from '../run/serve.js';
import { type Comparison, compare } from './compare.js';

/** A module (base64), what is compiled in its place if that is another one, and the seed of its arguments. */
export interface CompareRequest {
  bytes: string;
  twin?: string | undefined;
  seed: number;
}

serve<CompareRequest, Comparison>(({ bytes, twin, seed }, progress) => {
  try {
    return compare(bytesOf(bytes), seed, progress, twin === undefined ? undefined : bytesOf(twin));
  } catch (error) {
    const { name, message, stack } = error as Error;
    const where = stack?.split('\n')[1]?.trim();
    return { outcome: 'different', detail: `${name}: ${message} ${where}`, calls: 0 };
  }
});
