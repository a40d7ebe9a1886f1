/**
 * Pieces of bytes as one, in a buffer of its own, which can be handed over to a thread.
 * @param size of all pieces together
 */
export const joined = (pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};
