/** Child process of the differential fuzzer: compares one module for each request. */

import { bytesOf } from '../run/execute.js';
import { serve } from '../run/serve.js';
import { type Comparison, compare } from './compare.js';

/** A module (base64) and the seed of its arguments. */
export interface CompareRequest {
  bytes: string;
  seed: number;
}

serve<CompareRequest, Comparison>(({ bytes, seed }, progress) => {
  try {
    return compare(bytesOf(bytes), seed, progress);
  } catch (error) {
    const { name, message, stack } = error as Error;
    const where = stack?.split('\n')[1]?.trim();
    return { outcome: 'different', detail: `${name}: ${message} ${where}`, calls: 0 };
  }
});
