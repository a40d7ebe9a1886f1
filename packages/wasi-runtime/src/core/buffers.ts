/** What is left of `buffers` after their first `count` bytes. */
export function skip(buffers: Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (count < buffer.length) rest.push(buffer.subarray(count));
    count = Math.max(0, count - buffer.length);
  }
  return rest;
}

/** Copies as much of `source` as fits into `buffers`; returns the count of bytes. */
export function scatter(source: Uint8Array, buffers: Uint8Array[]): number {
  let done = 0;
  for (const buffer of buffers) {
    const part = source.subarray(done, done + buffer.length);
    buffer.set(part);
    done += part.length;
    if (done === source.length) break;
  }
  return done;
}

/** Bytes in all buffers together. */
export function totalLength(buffers: Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}
