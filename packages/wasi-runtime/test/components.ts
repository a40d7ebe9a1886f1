/** For tests of what a component's glue calls: systems that end with their test, and texts as bytes. */
import { onTestFinished } from 'vitest';

/** A system, closed when the test that has made it is over. */
export const closing = <T extends { close(): void }>(system: T): T => {
  onTestFinished(() => system.close());
  return system;
};

/** The bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of bytes. */
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);
