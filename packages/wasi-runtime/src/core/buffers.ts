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

/** The first `length` bytes of buffers, which have at least as many, as a copy in one piece. */
export function gather(buffers: Uint8Array[], length: number): Uint8Array {
  const data = new Uint8Array(length);
  let done = 0;
  for (const buffer of buffers) {
    done += scatter(buffer, [data.subarray(done)]);
    if (done === length) break;
  }
  return data;
}

/** Bytes in all buffers together. */
export function totalLength(buffers: Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}

/** Are these windows on memory that threads share? All buffers of a call are of one memory. */
function areShared(buffers: Uint8Array[]): boolean {
  return typeof SharedArrayBuffer === 'function' && buffers[0]?.buffer instanceof SharedArrayBuffer;
}

/** Reads into buffers, into copies first where threads share them: not every host reads into such. */
export function readingOwn(buffers: Uint8Array[], read: (own: Uint8Array[]) => number): number {
  if (!areShared(buffers)) return read(buffers);
  const own = new Uint8Array(totalLength(buffers));
  const count = read([own]);
  scatter(own.subarray(0, count), buffers);
  return count;
}

/** Buffers to be written from, copied where threads share them. */
export function writingOwn(buffers: Uint8Array[]): Uint8Array[] {
  return areShared(buffers) ? buffers.map((buffer) => new Uint8Array(buffer)) : buffers;
}
