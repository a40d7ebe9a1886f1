/** The list of what a guest may reach, from the options, its names looked up by the host. */
import { AllowList, type NetworkOptions } from './allow-list.js';
import { WasiError } from './errno.js';
import type { Host } from './host.js';

/** The addresses of a name; none where nobody knows it. */
function lookUp(host: Host, name: string): Uint8Array[] {
  try {
    return host.network?.().lookUp(name)(false) ?? [];
  } catch (error) {
    if (error instanceof WasiError) return [];
    throw error;
  }
}

/** The list: see `AllowList`, whose errors pass through. */
export function allowListOf(options: NetworkOptions, host: Host): AllowList {
  return new AllowList(options, (name) => lookUp(host, name));
}
